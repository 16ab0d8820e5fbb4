import { type Run, type RunEvent, type RunItClient, RunItConnectionError, type RunSubmission } from '@run-it/sdk'
import type { CliContext } from './context.ts'
import { exitCodeOf, remarksOn } from './outcome-text.ts'
import { printEvents } from './print-events.ts'
import { createProgressView } from './progress-view.ts'
import { cleanCell } from './table.ts'
import { write } from './write.ts'

export interface FollowSubmissionOptions {
  /** Aborted when the run is to be canceled; its end is still waited for, and shown. */
  readonly signal: AbortSignal
  readonly printsJson: boolean
  readonly context: CliContext
  /** Where the events of the new run come from. Default: its stream of events. */
  readonly eventsOf?: (id: string) => AsyncIterable<RunEvent>
  /** Called with the finished run, and waited for. */
  readonly onFinished?: (run: Run) => Promise<void> | undefined
}

/** How long a run that nobody follows any more is waited for, so that an engine of our own can end in order. */
const cancelTimeoutMs = 10_000

/** Submits, shows what happens, and answers the exit code. The run is over when this resolves. */
export function followSubmission(
  client: RunItClient,
  submission: RunSubmission,
  options: FollowSubmissionOptions,
): Promise<number> {
  return followNewRun(client, () => client.runs.submit(submission), options)
}

/** The same for a run that is made in another way. */
export async function followNewRun(
  client: RunItClient,
  make: () => Promise<Run>,
  options: FollowSubmissionOptions,
): Promise<number> {
  const { signal, context, onFinished } = options
  const { id, waiting } = await make()
  if (waiting !== undefined) context.stderr.write(`run-it: ${cleanCell(waiting.detail)}\n`)
  const cancel = () => void client.runs.cancel(id).catch(() => {})
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  try {
    const run = await show(client, id, options)
    for (const remark of remarksOn(run)) await write(context.stderr, `run-it: ${remark}\n`)
    await onFinished?.(run)
    return run.outcome ? exitCodeOf(run.outcome) : 0
  } catch (error) {
    if (error instanceof RunItConnectionError) {
      context.stderr.write(`run-it: the run goes on without us; see it with: run-it logs --follow ${id}\n`)
    } else await abandon(client, id)
    throw error
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

async function show(
  client: RunItClient,
  id: string,
  { printsJson, context, eventsOf = run => client.runs.events(run) }: FollowSubmissionOptions,
): Promise<Run> {
  using view = createProgressView(context.stderr)
  const finished = await printEvents(eventsOf(id), context, { view, printsOutput: !printsJson })
  if (!printsJson) return finished
  const run = await client.runs.get(id)
  await write(context.stdout, `${JSON.stringify(run, null, 2)}\n`)
  return run
}

/** Nobody reads the output any more: the program need not go on either. */
async function abandon(client: RunItClient, id: string): Promise<void> {
  const signal = AbortSignal.timeout(cancelTimeoutMs)
  await client.runs
    .cancel(id, { signal })
    .then(() => client.runs.wait(id, { signal }))
    .catch(() => {})
}
