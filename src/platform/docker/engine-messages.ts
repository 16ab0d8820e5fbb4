import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** One line of what the engine says while it pulls, builds or imports. */
export interface EngineMessage {
  /** A layer's id, or a tag. */
  readonly id?: string
  readonly status?: string
  /** A line of a build's output. */
  readonly stream?: string
  readonly error?: string
  readonly progressDetail?: { readonly current?: number; readonly total?: number }
  /** What a build made. */
  readonly aux?: { readonly ID?: string }
}

/**
 * The engine's progress stream, one JSON object a line. A stall is an error: the engine says something every few seconds while it
 * makes progress, and a registry that hangs must not hold a run for ever.
 */
export async function* readEngineMessages(
  stream: NodeJS.ReadableStream,
  stallMs: number = 10 * 60_000,
): AsyncGenerator<EngineMessage> {
  const readable = stream as Readable
  const stalled = () => readable.destroy(new Error(`nothing was heard for ${stallMs / 1000} s`))
  let timer = setTimeout(stalled, stallMs)
  try {
    // `for await` over readline does not see the stream's own errors: they are raised here.
    const failed = new Promise<never>((_, reject) => readable.once('error', reject))
    failed.catch(() => {})
    const lines = createInterface({ input: readable, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]()
    for (;;) {
      const line = await Promise.race([lines.next(), failed])
      if (line.done) return
      clearTimeout(timer)
      timer = setTimeout(stalled, stallMs)
      if (line.value.trim() !== '') yield JSON.parse(line.value) as EngineMessage
    }
  } finally {
    clearTimeout(timer)
    readable.destroy()
  }
}
