import { type Connection, isWorthAnotherTry } from './connection.ts'
import { RunItConnectionError } from './error.ts'
import type { OperationEvent } from './operation-shapes.ts'
import { pause } from './pause.ts'
import { ServerSentEventParser } from './sse.ts'
import type { BatchEvent, RunEvent } from './types.ts'

export interface FollowOptions {
  /** Only events after this sequence. Default 0: from the start. */
  readonly after?: number
  readonly signal?: AbortSignal
}

/** Tries in a row that brought nothing; together they bear a server that is away for half a minute. */
const maxEmptyTries = 9
const firstPauseMs = 100
const longestPauseMs = 8_000

/** A connection can be dead without either end having noticed; the server sends something more often than this. */
const silenceMs = 90_000

/**
 * A run's events, in order, each once, until the run is finished. A connection that drops is opened again where it left off.
 * Ends with the `finished` event, or at once where that one is not after `after`; throws when the run is not there, or the server stays away.
 */
export function followRun(
  connection: Connection,
  runId: string,
  options: FollowOptions = {},
): AsyncGenerator<RunEvent, void, undefined> {
  return followEvents<RunEvent>(connection, `/v1/runs/${encodeURIComponent(runId)}/events`, options)
}

/** The ends of a batch's runs, in the order in which they end, and the batch's own: as a run's events. */
export function followBatch(
  connection: Connection,
  batchId: string,
  options: FollowOptions = {},
): AsyncGenerator<BatchEvent, void, undefined> {
  return followEvents<BatchEvent>(connection, `/v1/batches/${encodeURIComponent(batchId)}/events`, options)
}

/** What an operation tells: as a run's events. */
export function followOperation(
  connection: Connection,
  operationId: string,
  options: FollowOptions = {},
): AsyncGenerator<OperationEvent, void, undefined> {
  return followEvents<OperationEvent>(connection, `/v1/operations/${encodeURIComponent(operationId)}/events`, options)
}

interface NumberedEvent {
  readonly type: string
  readonly sequence: number
}

async function* followEvents<Event extends NumberedEvent>(
  connection: Connection,
  path: string,
  options: FollowOptions,
): AsyncGenerator<Event, void, undefined> {
  let after = options.after ?? 0
  let emptyTries = 0
  while (true) {
    let failure: unknown
    try {
      for await (const event of readOnce<Event>(connection, path, { ...options, after })) {
        if (event === 'over') return
        // A server that sends more than was asked for must not make anybody see an event twice.
        if (event.sequence <= after) continue
        after = event.sequence
        emptyTries = 0
        yield event
        if (event.type === 'finished') return
      }
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!isWorthAnotherTry(error)) throw error
      failure = error
    }
    emptyTries++
    if (emptyTries > maxEmptyTries) {
      throw failure ?? new RunItConnectionError(connection.baseUrl, `${connection.baseUrl} ends ${path} early`)
    }
    await pause(Math.min(longestPauseMs, firstPauseMs * 2 ** (emptyTries - 1)), options.signal)
  }
}

/** One connection's events, or that there are none to come. Leaving the loop closes it. */
async function* readOnce<Event extends NumberedEvent>(
  connection: Connection,
  path: string,
  { after = 0, signal }: FollowOptions,
): AsyncGenerator<Event | 'over', void, undefined> {
  const closing = new AbortController()
  const ended = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
  try {
    const response = await connection.open(path, {
      headers: { accept: 'text/event-stream', ...(after > 0 && { 'last-event-id': String(after) }) },
      signal: ended,
    })
    if (response.status === 204) yield 'over'
    if (!response.body) return
    const reader = response.body.getReader()
    const decoder = new TextDecoder()
    const parser = new ServerSentEventParser()
    while (true) {
      const { done, value } = await readBefore(silenceMs, reader, connection.baseUrl)
      if (done) return
      for (const { event, data, id } of parser.push(decoder.decode(value, { stream: true }))) {
        yield { ...JSON.parse(data), type: event, sequence: Number(id) }
      }
    }
  } finally {
    closing.abort()
  }
}

async function readBefore(ms: number, reader: ReadableStreamDefaultReader<Uint8Array>, baseUrl: string) {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RunItConnectionError(baseUrl, `${baseUrl} went silent`)), ms)
  })
  try {
    return await Promise.race([reader.read(), silence])
  } catch (error) {
    if (error instanceof RunItConnectionError) throw error
    throw new RunItConnectionError(baseUrl, `the connection to ${baseUrl} was lost`, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
