import * as app from '../../src/app.ts'
import { runCommandLine } from '../../src/cli/command-line.ts'
import { processContext } from '../../src/cli/process-context.ts'
import { FakePlatform } from '../../src/platform/fake/fake-platform.ts'

/** `run-it` as a process of its own whose engine is a fake one, of the architecture that the test says. */
const platform = new FakePlatform({ architecture: process.env.TEST_ARCHITECTURE })
const startServer: typeof app.startServer = (settings, log) => app.startServer(settings, log, platform)
const context = processContext()
Object.assign(context, { loadApp: async () => ({ ...app, startServer }) })
process.exitCode = await runCommandLine(context)
