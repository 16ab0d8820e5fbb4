import { type Agent, request } from 'node:http'
import type { RawAnswer } from './open-api.ts'

/** Longer than any answer of ours may take, waits included. */
const deadlineMs = 20_000

/** Sends what no well-bred client would. A stream of events is left after what comes first; an answer that does not come is an error. */
export function rawRequest(
  base: string,
  { method, path, headers, body }: RawRequest,
  agent: Agent,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base)
    // A GET gets no length by itself, and its body would be taken for another request.
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const sent = request({ hostname, port, method, path, headers: { ...headers, ...length }, agent }, reply => {
      const chunks: Buffer[] = []
      const end = () => {
        clearTimeout(timer)
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: Buffer.concat(chunks) })
      }
      reply.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (!String(reply.headers['content-type']).startsWith('text/event-stream')) return
        end()
        sent.destroy()
      })
      reply.on('end', end)
      reply.on('error', reject)
    })
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${deadlineMs} ms`))
      sent.destroy()
    }, deadlineMs)
    sent.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      // A kept connection that the server closed in the same instant: nothing was asked yet.
      const isUnasked = sent.reusedSocket && error.code === 'ECONNRESET'
      if (isUnasked)
        resolve(rawRequest(base, { method, path, headers, ...(body === undefined ? {} : { body }) }, agent))
      else reject(error)
    })
    sent.end(body)
  })
}

export interface RawRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}
