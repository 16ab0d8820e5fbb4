import type { WebhookMessage } from './webhook.ts'

export interface VerifyWebhookOptions {
  /** How old, or how far in the future, a delivery may be. Default 300 s: older ones could be recorded ones that are sent again. */
  readonly toleranceSeconds?: number
  readonly now?: Date
}

/** The delivery is not from who has the secret, is too old, or was changed on its way. Answer 400 or 401, and do nothing else. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError'
}

const secretPrefix = 'whsec_'
const defaultToleranceSeconds = 300

/**
 * Checks a delivery by Standard Webhooks and gives what it says. `body` is what came, byte by byte: not parsed and put together again.
 * `headers` are those of a `Request`, or of a Node request. The same `webhook-id` may come more than once.
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>,
  secret: string,
  options: VerifyWebhookOptions = {},
): Promise<WebhookMessage> {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(name =>
    headerOf(headers, name),
  )
  if (!id || !timestamp || !signatures) throw new WebhookVerificationError('a header is missing')
  checkAge(timestamp, options)
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  const signed = joined(new TextEncoder().encode(`${id}.${timestamp}.`), bytes)
  const key = await importKey(secret)
  // Several while a secret is being changed; of other versions than v1 nothing is known.
  for (const signature of signatures.split(' ').filter(one => one.startsWith('v1,'))) {
    const given = fromBase64(signature.slice('v1,'.length))
    if (given && (await crypto.subtle.verify('HMAC', key, given, signed))) return JSON.parse(text)
  }
  throw new WebhookVerificationError('no signature fits')
}

function headerOf(headers: Parameters<typeof verifyWebhook>[1], name: string): string | undefined {
  if (typeof headers.get === 'function') return (headers as Headers).get(name) ?? undefined
  const entry = Object.entries(headers).find(([key]) => key.toLowerCase() === name)
  return typeof entry?.[1] === 'string' ? entry[1] : undefined
}

function checkAge(timestamp: string, { toleranceSeconds, now = new Date() }: VerifyWebhookOptions): void {
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN
  const differenceSeconds = Math.abs(now.getTime() / 1000 - seconds)
  if (differenceSeconds <= (toleranceSeconds ?? defaultToleranceSeconds)) return
  throw new WebhookVerificationError('the time of the delivery is too far from now')
}

async function importKey(secret: string): Promise<CryptoKey> {
  const bytes = secret.startsWith(secretPrefix) ? fromBase64(secret.slice(secretPrefix.length)) : undefined
  if (bytes === undefined || bytes.length === 0) throw new TypeError('a webhook secret is whsec_ and base64')
  return await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), character => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
