import { createHmac } from 'node:crypto'

const secretPrefix = 'whsec_'
const secretPattern = /^whsec_[A-Za-z0-9+/]+={0,2}$/
/** As Standard Webhooks wants it: below, it could be guessed. */
const minSecretBytes = 24
const maxSecretBytes = 64

/** What is wrong with a secret: `whsec_` and 24 to 64 bytes in base64. */
export function secretFault(secret: string): string | undefined {
  const bytes = secretPattern.test(secret) ? keyOf(secret).byteLength : 0
  if (bytes >= minSecretBytes && bytes <= maxSecretBytes) return undefined
  return `must be whsec_ and ${minSecretBytes} to ${maxSecretBytes} random bytes in base64`
}

/** The headers of https://www.standardwebhooks.com. The id is the same for every attempt, the time is that of the attempt. */
export function signedHeaders(
  message: { readonly id: string; readonly at: Date; readonly body: string },
  secret: string,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(message.at.getTime() / 1000))
  const signed = `${message.id}.${timestamp}.${message.body}`
  const signature = createHmac('sha256', keyOf(secret)).update(signed).digest('base64')
  return { 'webhook-id': message.id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(secretPrefix.length), 'base64')
}
