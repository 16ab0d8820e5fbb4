import type { RunEvent, RunItClient } from '@run-it/sdk'
import type { CliContext } from './context.ts'
import { Keyboard, type KeyboardOptions } from './keyboard.ts'

export interface TalkOptions extends KeyboardOptions {
  readonly watches: boolean
  /** Aborting it leaves the run alone, and ends the events. */
  readonly signal?: AbortSignal
  readonly context: CliContext
}

/** The events of a run, while what is typed here goes to it. */
export async function* talkToRun(
  client: RunItClient,
  id: string,
  options: TalkOptions,
): AsyncGenerator<RunEvent, void, undefined> {
  const { context, watches, signal } = options
  using keyboard = new Keyboard(context, options)
  // Leaving the loop closes it.
  const terminal = await client.runs.terminal(id, {
    watch: watches,
    signal,
    onRole(role) {
      if (watches) return
      if (role === 'watcher') context.stderr.write('run-it: another client writes to the run; we only watch\r\n')
      keyboard.take(role)
    },
  })
  for await (const event of terminal) {
    if (!watches && event.type === 'state' && event.state === 'running') keyboard.start(terminal)
    yield event
  }
}
