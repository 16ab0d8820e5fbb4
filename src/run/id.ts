import { getRandomValues } from 'node:crypto'
import { ulid, ulidToUUID, uuidToULID } from 'ulid'

/** A ULID: sorts by time of creation, and its 80 random bits cannot be guessed. */
export type RunId = string & { readonly __brand: 'RunId' }

const runIdPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/** Not the monotonic variant: there the next id of the same millisecond could be guessed. */
export function newRunId(): RunId {
  return ulid(undefined, randomFraction) as RunId
}

/** The same 128 bits, as databases and their libraries write them. */
export function uuidOfRun(id: RunId): string {
  return ulidToUUID(id).toLowerCase()
}

export function runOfUuid(uuid: string): RunId {
  return uuidToULID(uuid) as RunId
}

export function isRunId(text: string): text is RunId {
  return runIdPattern.test(text)
}

const randomBytes = new Uint8Array(1024)
let usedRandomBytes = randomBytes.length

/** From 0 to less than 1, in steps of 1/256. The library's own asks the system for each byte, 16 times for an id. */
function randomFraction(): number {
  if (usedRandomBytes === randomBytes.length) {
    getRandomValues(randomBytes)
    usedRandomBytes = 0
  }
  const byte = randomBytes[usedRandomBytes] ?? 0
  usedRandomBytes += 1
  return byte / 256
}
