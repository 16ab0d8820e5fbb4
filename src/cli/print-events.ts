import { decodeBytes, type Run, type RunEvent } from '@run-it/sdk'
import type { CliContext } from './context.ts'
import type { ProgressView } from './progress-view.ts'
import { writeTest } from './test-line.ts'
import { write } from './write.ts'

/**
 * Shows a run while it happens, and resolves with it when it is finished. The program's stdout and stderr become ours, byte for
 * byte; the compiler's output goes to stderr, because stdout is the program's. Of tests it is the verdicts that are shown.
 */
export async function printEvents(
  events: AsyncIterable<RunEvent>,
  context: CliContext,
  options: { readonly view: ProgressView; readonly printsOutput: boolean },
): Promise<Run> {
  const { view, printsOutput } = options
  let hasPrinted = false
  for await (const event of events) {
    switch (event.type) {
      case 'state':
        view.clear()
        if (event.state === 'queued') view.status('waiting for a free slot')
        if (event.state === 'preparing') {
          if (hasPrinted) await write(context.stderr, `run-it: the worker was lost; the program starts over\n`)
          view.status('preparing the sandbox')
        }
        break
      case 'progress':
        view.show(event.progress)
        break
      case 'output': {
        view.clear()
        if (!printsOutput || event.stage === 'test') break
        hasPrinted = true
        const toStdout = event.stage === 'run' && event.stream === 'stdout'
        await write(toStdout ? context.stdout : context.stderr, decodeBytes(event))
        break
      }
      case 'stage':
        if (!printsOutput || event.stage.test === undefined) break
        view.clear()
        hasPrinted = true
        await writeTest(context.stdout, event.stage)
        break
      case 'finished':
        view.clear()
        return event.run
    }
  }
  throw new Error('the events of the run ended before it did')
}
