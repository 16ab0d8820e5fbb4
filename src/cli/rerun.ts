import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { followNewRun } from './follow-submission.ts'
import { Interruption } from './interruption.ts'
import { addServerOption, clientOf, type ServerOptions } from './server-option.ts'

interface RerunOptions extends ServerOptions {
  readonly pool?: string
  readonly json?: boolean
}

const examples = `
Examples:
  run-it rerun 01JD0000000000000000000000         its output and exit code become this command's
  run-it rerun --json 01JD0000000000000000000000  the finished run instead`

export function addRerunCommand(program: Command, context: CliContext): void {
  const command = program
    .command('rerun')
    .description('Runs the same program again, with the same input and on the very same image. It is a run of its own.')
    .argument('<id>', 'the id of the run to repeat')
    .option('--pool <name>', "whose workers run it; default: the repeated run's")
    .option('--json', 'print the finished run as JSON instead of its output')
  addServerOption(command)
    .addHelpText('after', examples)
    .action(async (id: string, options: RerunOptions) => {
      const client = clientOf(options, context)
      using interruption = new Interruption(context)
      const { signal } = interruption
      const changes = options.pool === undefined ? {} : { pool: options.pool }
      const following = { signal, printsJson: options.json === true, context }
      context.exitCode = await followNewRun(client, () => client.runs.rerun(id, changes), following)
    })
}
