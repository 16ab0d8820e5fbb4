import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { describeOutcome } from './outcome-text.ts'
import { addServerOption, clientOf, type ServerOptions } from './server-option.ts'
import { cleanCell } from './table.ts'
import { write } from './write.ts'

const examples = `
Examples:
  run-it cancel 01JD0000000000000000000000
  run-it list --state queued | cut -f1 | xargs run-it cancel`

export function addCancelCommand(program: Command, context: CliContext): void {
  const command = program
    .command('cancel')
    .description('Cancels runs. One that is running is ended soon after; one that is finished stays as it is.')
    .argument('<id...>', 'the ids of the runs')
  addServerOption(command)
    .addHelpText('after', examples)
    .action(async (ids: string[], options: ServerOptions) => {
      const client = clientOf(options, context)
      for (const id of ids) {
        const run = await client.runs.cancel(id)
        const text = run.outcome ? `finished: ${describeOutcome(run.outcome)}` : `${run.state}, to be canceled`
        await write(context.stdout, `${cleanCell(run.id)}\t${cleanCell(text)}\n`)
      }
    })
}
