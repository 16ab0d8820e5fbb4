import { runCommandLine } from './cli/command-line.ts'
import { processContext } from './cli/process-context.ts'

process.exitCode = await runCommandLine(processContext())
