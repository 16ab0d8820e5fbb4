import { startServer } from '../src/app.ts'
import { loadSettings } from '../src/config/load-settings.ts'
import { FakePlatform } from '../src/platform/fake/fake-platform.ts'
import { createObserver } from '../src/telemetry/create-observer.ts'
import { createLog } from '../src/telemetry/log.ts'

/** A worker as `run-it serve` has it, but for its platform: programs end at once, so what is measured is the queue. */
const variables = { ...process.env, RUN_IT_ROLE: 'worker', RUN_IT_PORT: '0' }
const settings = loadSettings({ flags: {}, variables, folder: process.cwd(), usesFolderFile: false, isTerminal: false })
const log = createLog({ level: 'error', format: 'json', destination: process.stderr })
const platform = new FakePlatform({ program: () => () => ({ kind: 'exited', code: 0 }) })
const server = await startServer(settings, createObserver(log), platform)
process.once('SIGTERM', () => void server.close())
