import { ulid } from 'ulid'

/** A ULID: sorts by time of creation, and its 80 random bits cannot be guessed. */
export type RunId = string & { readonly __brand: 'RunId' }

const runIdPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/** Not the monotonic variant: there the next id of the same millisecond could be guessed. */
export function newRunId(): RunId {
  return ulid() as RunId
}

export function isRunId(text: string): text is RunId {
  return runIdPattern.test(text)
}
