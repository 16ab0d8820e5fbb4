import type { RunId } from '../../run/id.ts'
import type { RouteContext } from '../api-parts.ts'
import { eventStream } from '../event-stream.ts'

const dataPrefix = 'data: '

/** A run's events, each as JSON, out of the stream that all followers share: so they are read and encoded once for all. */
export async function* eventMessages(
  parts: Pick<RouteContext, 'eventPages' | 'hints'>,
  id: RunId,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  for await (const piece of eventStream(parts, id, after, signal)) {
    for (const line of String(piece).split('\n')) {
      if (line.startsWith(dataPrefix)) yield line.slice(dataPrefix.length)
    }
  }
}
