import type { RunEvent, RunItClient, RunSubmission } from '@run-it/sdk'
import type { CliContext } from './context.ts'
import { CommandError, exitCodes } from './exit-code.ts'
import type { RunOptions } from './run-options.ts'
import { talkToRun } from './talk-to-run.ts'

const defaultTerm = 'xterm-256color'
/** What the server takes for one. */
const termPattern = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/

type Interaction = Pick<RunSubmission, 'interactive' | 'tty'>

/** What the run is to be told of the terminal; undefined when it is not interactive. */
export function interactionOf(options: RunOptions, context: CliContext): Interaction | undefined {
  if (!options.interactive && !options.tty) return undefined
  if (options.json) throw new CommandError(exitCodes.usage, '--json: not together with -i or --tty')
  const { stdin, stdout, variables } = context
  const hasTerminal = stdin.isTTY === true && stdout.isTTY === true
  if (!(options.tty ?? hasTerminal)) return { interactive: true }
  const { TERM = '' } = variables
  const term = termPattern.test(TERM) ? TERM : defaultTerm
  return { interactive: true, tty: { columns: stdout.columns || 80, rows: stdout.rows || 24, term } }
}

/** The events of the new run, while what is typed here goes to it. */
export function eventsWhileTyping(
  client: RunItClient,
  id: string,
  { tty }: Interaction,
  context: CliContext,
): AsyncIterable<RunEvent> {
  return talkToRun(client, id, {
    isRaw: tty !== undefined && context.stdin.isTTY === true,
    watches: false,
    escapeText: 'ends the run',
    onEscape: () => void client.runs.cancel(id).catch(() => {}),
    context,
  })
}
