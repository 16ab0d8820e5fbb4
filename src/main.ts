import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Halves the time to start. Beside the packages, because what lies in /tmp could have been put there by somebody else.
enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/run-it', import.meta.url)))

const { runCommandLine } = await import('./cli/command-line.ts')
const { processContext } = await import('./cli/process-context.ts')

process.exitCode = await runCommandLine(processContext())
