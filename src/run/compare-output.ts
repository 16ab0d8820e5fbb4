import type { Comparison } from './test-plan.ts'

/**
 * Whether a test's output is what was expected. Undefined when it is, else where it differs, as a sentence that gives nothing of the
 * expected away. Linear in the length of both, whatever they hold.
 *
 * - `exact`: the same bytes.
 * - `trimmed`: the same lines; white space at the end of a line and empty lines at the end do not count.
 * - `tokens`: the same words, whatever white space is between them.
 * - `numbers`: the same, but words that are numbers may differ by the absolute tolerance, or by the relative one of the expected.
 *   They are compared as doubles. NaN is NaN, and an infinity is one of the same sign.
 */
export function outputDifference(comparison: Comparison, output: Uint8Array, expected: Uint8Array): string | undefined {
  const [found, wanted] = [bufferOf(output), bufferOf(expected)]
  switch (comparison.kind) {
    case 'exact':
      return found.equals(wanted) ? undefined : exactDifference(found, wanted)
    case 'trimmed':
      return lineDifference(found, wanted)
    case 'tokens':
      return tokenDifference(found, wanted, () => false)
    case 'numbers':
      return tokenDifference(found, wanted, (one, other) => isNear(one, other, comparison))
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

interface Range {
  readonly start: number
  readonly end: number
}

function areSame(one: Buffer, a: Range, other: Buffer, b: Range): boolean {
  return a.end - a.start === b.end - b.start && one.compare(other, b.start, b.end, a.start, a.end) === 0
}

function exactDifference(found: Buffer, wanted: Buffer): string {
  const length = Math.min(found.length, wanted.length)
  let at = 0
  while (at < length && found[at] === wanted[at]) at++
  return `byte ${at + 1} differs`
}

const lineFeed = 0x0a

/** Space, tab, line feed, vertical tab, form feed, carriage return. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d)
}

function lineDifference(found: Buffer, wanted: Buffer): string | undefined {
  let [at, wantedAt] = [0, 0]
  for (let number = 1; at < found.length || wantedAt < wanted.length; number++) {
    const [line, wantedLine] = [lineAt(found, at), lineAt(wanted, wantedAt)]
    if (!areSame(found, line, wanted, wantedLine)) {
      // One that ended has only empty lines to compare with: what is too much or missing shows at the first that is not empty.
      return `line ${number} differs`
    }
    at = line.next
    wantedAt = wantedLine.next
  }
  return undefined
}

/** The line without its trailing white space; behind the end of the bytes an empty one. */
function lineAt(bytes: Buffer, start: number): Range & { readonly next: number } {
  if (start >= bytes.length) return { start: bytes.length, end: bytes.length, next: bytes.length }
  const feed = bytes.indexOf(lineFeed, start)
  const next = feed < 0 ? bytes.length : feed + 1
  let end = feed < 0 ? bytes.length : feed
  while (end > start && isSpace(bytes[end - 1])) end--
  return { start, end, next }
}

function tokenDifference(
  found: Buffer,
  wanted: Buffer,
  isAlike: (found: string, wanted: string) => boolean,
): string | undefined {
  let [token, wantedToken] = [tokenFrom(found, 0), tokenFrom(wanted, 0)]
  for (let number = 1; token !== undefined || wantedToken !== undefined; number++) {
    if (token === undefined) return `token ${number} is missing`
    if (wantedToken === undefined) return `token ${number} is too much`
    const same =
      areSame(found, token, wanted, wantedToken) || isAlike(textOf(found, token), textOf(wanted, wantedToken))
    if (!same) return `token ${number} differs`
    token = tokenFrom(found, token.end)
    wantedToken = tokenFrom(wanted, wantedToken.end)
  }
  return undefined
}

function tokenFrom(bytes: Buffer, from: number): Range | undefined {
  let start = from
  while (start < bytes.length && isSpace(bytes[start])) start++
  if (start === bytes.length) return undefined
  let end = start
  while (end < bytes.length && !isSpace(bytes[end])) end++
  return { start, end }
}

function textOf(bytes: Buffer, { start, end }: Range): string {
  return bytes.toString('latin1', start, end)
}

/** Each part can match in one way only, so that it takes no longer on a hostile word. */
const numberPattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i
const specialPattern = /^([+-]?)(nan|inf|infinity)$/i

function numberOf(text: string): number | undefined {
  if (numberPattern.test(text)) return Number(text)
  const special = specialPattern.exec(text)
  if (special === null) return undefined
  if (special[2]?.toLowerCase() === 'nan') return Number.NaN
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

function isNear(
  found: string,
  wanted: string,
  tolerance: { readonly absoluteTolerance: number; readonly relativeTolerance: number },
): boolean {
  const [a, b] = [numberOf(found), numberOf(wanted)]
  if (a === undefined || b === undefined) return false
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b)
  // A number too large for a double is not infinity, and what is not finite is near to nothing.
  if (!Number.isFinite(a) || !Number.isFinite(b)) return a === b && isInfinity(found) && isInfinity(wanted)
  const most = Math.max(tolerance.absoluteTolerance, tolerance.relativeTolerance * Math.abs(b))
  return Math.abs(a - b) <= most
}

function isInfinity(text: string): boolean {
  return specialPattern.test(text)
}
