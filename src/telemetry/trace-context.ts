import { createHash, randomBytes } from 'node:crypto'
import type { RunId } from '../run/id.ts'

/** https://www.w3.org/TR/trace-context/#traceparent-header, whose later versions may have more at the end. */
const traceparentPattern = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.{0,200})?$/
const isZero = /^0+$/
/** Crockford's, of ULIDs. */
const ulidDigits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const sampledFlag = 1

/** A place in a trace. */
export interface TracePlace {
  readonly traceId: string
  readonly spanId: string
  /** Whoever began the trace wants it kept. */
  readonly sampled: boolean
}

/** Undefined for what is none: a client's header may say anything. */
export function parseTraceparent(text: string | undefined): TracePlace | undefined {
  const [, traceId = '', spanId = '', flags = '0'] = traceparentPattern.exec(text ?? '') ?? []
  if (traceId === '' || isZero.test(traceId) || isZero.test(spanId)) return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & sampledFlag) === 1 }
}

export function formatTraceparent({ traceId, spanId, sampled }: TracePlace): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}

export function traceIdOf(traceparent: string): string | undefined {
  return parseTraceparent(traceparent)?.traceId
}

/** A place of its own for something that happens within `parent`, or that begins a trace. */
export function placeWithin(parent: TracePlace | undefined): TracePlace {
  const spanId = newSpanId()
  return parent === undefined
    ? { traceId: randomBytes(16).toString('hex'), spanId, sampled: true }
    : { ...parent, spanId }
}

export function newSpanId(): string {
  return randomBytes(8).toString('hex')
}

/** A run that was not submitted within a trace has one of its own: its id, which has as many bits, in hex. */
export function traceIdOfRun(id: RunId): string {
  const bits = [...id].reduce((sum, digit) => (sum << 5n) | BigInt(ulidDigits.indexOf(digit)), 0n)
  return bits.toString(16).padStart(32, '0')
}

/** The same whoever asks, so that nothing needs to be remembered between an attempt and what follows it. */
export function spanIdOfAttempt(id: RunId, attempt: number): string {
  return createHash('sha256').update(`${id} ${attempt}`).digest('hex').slice(0, 16)
}
