import type { Writable } from 'node:stream'

/** Whoever read our output has gone, as in `run-it … | head`. Nothing to complain about. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe'
}

/** Resolves when the stream has taken the bytes, so that a slow reader slows the writer down instead of filling the memory. */
export function write(stream: Writable, chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, error => {
      if (!error) resolve()
      else reject('code' in error && error.code === 'EPIPE' ? new BrokenPipe() : error)
    })
  })
}
