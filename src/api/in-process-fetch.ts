import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'

const bodylessStatuses: readonly number[] = [204, 205, 304]

/**
 * A `fetch` that calls the API in this process, without a port. Streams are streams; aborting the signal, or canceling the
 * body, ends the request on the server's side as a lost connection would. The host in the address does not matter.
 */
export function inProcessFetch(app: FastifyInstance): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    try {
      return await send(app, request)
    } catch (error) {
      request.signal.throwIfAborted()
      throw new TypeError('fetch failed', { cause: error })
    }
  }
}

async function send(app: FastifyInstance, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const body = Buffer.from(await request.arrayBuffer())
  request.signal.throwIfAborted()
  const headers: Record<string, string> = { ...Object.fromEntries(request.headers), host: 'localhost' }
  if (request.body !== null) {
    headers['content-length'] = String(body.byteLength)
  }
  // Destroying it is how to tell an injected request that its client went away, at any time: so it must not end by itself.
  const payload = new Readable({ autoDestroy: false, read: () => void 0 })
  if (body.byteLength > 0) {
    payload.push(body)
  }
  payload.push(null)
  const abort = () => payload.destroy(new Error('the call was aborted', { cause: request.signal.reason }))
  request.signal.addEventListener('abort', abort, { once: true })
  const injected = await app.inject({
    method: request.method,
    url: pathname + search,
    headers,
    payload,
    payloadAsStream: true,
  })
  const stream = injected.stream()
  stream.once('close', () => {
    request.signal.removeEventListener('abort', abort)
    // Whoever stops reading is gone; an ended reply is closed already, and this does nothing.
    injected.raw.res.destroy()
  })
  const hasBody = request.method !== 'HEAD' && !bodylessStatuses.includes(injected.statusCode)
  if (!hasBody) {
    stream.resume()
  }
  return new Response(hasBody ? webStream(stream) : null, {
    status: injected.statusCode,
    headers: responseHeaders(injected.headers),
  })
}

function webStream(stream: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>
}

function responseHeaders(given: NodeJS.Dict<number | string | string[]>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) {
    for (const one of [value].flat()) {
      if (one !== undefined) {
        headers.append(name, String(one))
      }
    }
  }
  return headers
}
