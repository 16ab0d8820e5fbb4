import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'

/** Nobody reads what a receiver says, but one that is cut off in the middle of it logs an error. */
const maxAnswerBytes = 16 * 1024
const maxHeaderBytes = 8 * 1024

export interface Delivery {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Those that were checked. Connected is to one of them, whatever the name says by now. */
  readonly addresses: readonly string[]
}

export interface DeliveryAnswer {
  readonly status: number
  /** Seconds, when the receiver says when to come back. */
  readonly retryAfterSeconds?: number
}

/** Posts once, and follows no redirect. Resolves as soon as there is a status; rejects where there is none until the signal aborts. */
export function sendDelivery(delivery: Delivery, signal: AbortSignal): Promise<DeliveryAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<DeliveryAnswer>()
  const send = delivery.url.protocol === 'https:' ? requestHttps : requestHttp
  const request = send(delivery.url, {
    method: 'POST',
    headers: { ...delivery.headers, 'content-length': Buffer.byteLength(delivery.body) },
    // A connection of its own each: none is left open, and none leads where another name's was checked.
    agent: false,
    lookup: pinned(delivery.addresses),
    maxHeaderSize: maxHeaderBytes,
    signal,
  })
  request.on('error', reject)
  request.on('close', () => reject(new Error('the connection ended without an answer')))
  request.on('upgrade', (_answer, socket) => socket.destroy())
  request.on('response', answer => {
    const retryAfter = answer.headers['retry-after'] ?? ''
    resolve({
      status: answer.statusCode ?? 0,
      ...(/^\d{1,6}$/.test(retryAfter) && { retryAfterSeconds: Number(retryAfter) }),
    })
    let bytes = 0
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength
      if (bytes > maxAnswerBytes) answer.destroy()
    })
    answer.on('error', () => {})
  })
  request.end(delivery.body)
  return promise
}

function pinned(addresses: readonly string[]): LookupFunction {
  const all = addresses.map(address => ({ address, family: isIP(address) }))
  return (_host, options, callback) => {
    const [first] = all
    if (first === undefined) callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '')
    else if (options.all) callback(null, all)
    else callback(null, first.address, first.family)
  }
}
