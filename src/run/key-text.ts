import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { isKeyId, type KeyId } from './key.ts'

/**
 * How a key is written: `runit_<id>_<secret><checksum>`. The prefix lets scanners for leaked secrets find it, and the checksum tells
 * a typing error from a key that is not known. It has no character at which a double click stops.
 */
const prefix = 'runit'
const secretBytes = 32
/** 256 bits, and the 32 of the checksum, in base 62. */
const secretCharacters = 43
const checksumCharacters = 6
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const tailPattern = new RegExp(`^[0-9A-Za-z]{${secretCharacters + checksumCharacters}}$`)

export interface KeySecret {
  readonly id: KeyId
  /** SHA-256 of the secret, in hex: all that is kept. The secret is random, so a slow hash would add nothing. */
  readonly hash: string
}

/** A new secret. `text` is what its holder sends; it can be had only here. */
export function newKeyText(id: KeyId): { readonly text: string; readonly hash: string } {
  const secret = base62(BigInt(`0x${randomBytes(secretBytes).toString('hex')}`), secretCharacters)
  const body = `${prefix}_${id}_${secret}`
  return { text: body + checksum(body), hash: hashOf(secret) }
}

/** Undefined if it cannot be a key. */
export function readKeyText(text: string): KeySecret | undefined {
  const [start, id = '', tail = '', ...rest] = text.split('_', 4)
  if (start !== prefix || rest.length > 0 || !isKeyId(id) || !tailPattern.test(tail)) return undefined
  const body = text.slice(0, -checksumCharacters)
  if (checksum(body) !== text.slice(-checksumCharacters)) return undefined
  return { id, hash: hashOf(tail.slice(0, secretCharacters)) }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function checksum(body: string): string {
  return base62(BigInt(crc32(body)), checksumCharacters)
}

function base62(value: bigint, characters: number): string {
  let text = ''
  for (let rest = value; rest > 0n; rest /= 62n) text = digits[Number(rest % 62n)] + text
  return text.padStart(characters, '0')
}
