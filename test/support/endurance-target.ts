import { startServer } from '../../src/app.ts'
import { loadSettings } from '../../src/config/load-settings.ts'
import { FakePlatform } from '../../src/platform/fake/fake-platform.ts'
import { createObserver } from '../../src/telemetry/create-observer.ts'
import { createLog } from '../../src/telemetry/log.ts'

/**
 * The whole server over HTTP, on a fake platform, in a process of its own. Says its address to its parent; to each message it answers what it
 * holds, once everything is collected that can be. Flags are settings: `--max-data-bytes 64MiB`.
 */
const flags = Object.fromEntries(process.argv.slice(2).map(argument => argument.split('=', 2) as [string, string]))
const settings = loadSettings({
  flags: { port: '0', logLevel: 'warn', logFormat: 'json', ...flags },
  variables: {},
  folder: process.cwd(),
  usesFolderFile: false,
  isTerminal: false,
})
const platform = new FakePlatform()
const server = await startServer(settings, createObserver(createLog({ level: 'warn', format: 'json' })), platform)

// The fake remembers all that it was asked; a real one does not.
setInterval(() => platform.opened.splice(0), 100).unref()

process.on('message', () => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  process.send?.({ rssBytes: rss, heapBytes: heapUsed + external })
})
process.on('disconnect', () => void server.close().then(() => process.exit(0)))
process.send?.({ url: server.url })
