import {
  type Attributes,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { IdGenerator } from '@opentelemetry/sdk-trace'
import type { Run } from '../../run/run.ts'
import type { AttemptLost, Observation, RequestAnswered, RunFinished, SandboxesRemoved } from '../observation.ts'
import { newSpanId, parseTraceparent, spanIdOfAttempt, type TracePlace, traceIdOfRun } from '../trace-context.ts'

const phases = [
  ['prepare', 'prepareMs'],
  ['open', 'openMs'],
  ['stages', 'stagesMs'],
  ['finish', 'finishMs'],
] as const

/** Gives out the ids that it was told: a span is told of when it has ended, and others were made within it before. */
export class ToldIds implements IdGenerator {
  next = { traceId: '', spanId: '' }
  generateTraceId = (): string => this.next.traceId
  generateSpanId = (): string => this.next.spanId
}

interface ToldSpan {
  readonly name: string
  readonly place: TracePlace
  readonly parent?: TracePlace
  readonly kind?: SpanKind
  readonly start: number
  readonly end: number
  readonly attributes?: Attributes
  readonly isError?: boolean
}

/** Turns what is told of requests and attempts, once they are over, into spans. */
export class TraceWriter {
  readonly #tracer: Tracer
  readonly #ids: ToldIds

  constructor(tracer: Tracer, ids: ToldIds) {
    this.#tracer = tracer
    this.#ids = ids
  }

  write(observation: Observation): void {
    switch (observation.type) {
      case 'request-answered':
        this.#writeRequest(observation)
        break
      case 'run-finished':
        this.#writeAttempt(observation, observation.run.attempt)
        break
      case 'attempt-lost':
        this.#writeAttempt(observation, observation.attempt)
        break
      case 'sandboxes-removed':
        this.#writeRemoval(observation)
        break
    }
  }

  #writeRequest({ trace: told, method, route, status, startedAt, durationMs }: RequestAnswered): void {
    const place = parseTraceparent(told?.traceparent)
    // Whoever polls for health or metrics is in nobody's trace.
    if (place === undefined || !route?.startsWith('/v1/')) return
    const start = startedAt.getTime()
    this.#span({
      name: `${method} ${route}`,
      place,
      parent: parseTraceparent(told?.parent),
      kind: SpanKind.SERVER,
      start,
      end: start + durationMs,
      attributes: { 'http.request.method': method, 'http.route': route, 'http.response.status_code': status },
      isError: (status ?? 0) >= 500,
    })
  }

  #writeAttempt(told: RunFinished | AttemptLost, attempt: number): void {
    const { run, timings } = told
    const { place, parent } = placeOfAttempt(run, attempt)
    const startedMs = (run.startedAt ?? run.createdAt).getTime()
    let at = startedMs
    const within = (name: string, start: number, end: number) =>
      this.#span({ name, place: { ...place, spanId: newSpanId() }, parent: place, start, end })
    within('queued', startedMs - timings.queuedMs, startedMs)
    for (const [name, key] of phases) {
      const ms = timings[key]
      if (ms === undefined) continue
      within(name, at, at + ms)
      at += ms
    }
    this.#span({
      name: 'run',
      place,
      parent,
      kind: SpanKind.CONSUMER,
      start: startedMs - timings.queuedMs,
      end: at,
      attributes: attributesOf(run, attempt, told),
      isError: told.type === 'attempt-lost' || run.outcome?.kind === 'failed',
    })
  }

  #writeRemoval({ run, attempt, durationMs }: SandboxesRemoved): void {
    const { place } = placeOfAttempt(run, attempt)
    const end = Date.now()
    this.#span({
      name: 'dispose',
      place: { ...place, spanId: newSpanId() },
      parent: place,
      start: end - durationMs,
      end,
    })
  }

  #span({ name, place, parent, kind, start, end, attributes, isError }: ToldSpan): void {
    this.#ids.next = place
    const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContext(parent))
    const span = this.#tracer.startSpan(name, { kind, startTime: start, attributes }, context)
    if (isError) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(end)
  }
}

function placeOfAttempt(run: Run, attempt: number): { readonly place: TracePlace; readonly parent?: TracePlace } {
  const parent = parseTraceparent(run.request.trace)
  const spanId = spanIdOfAttempt(run.id, attempt)
  return parent === undefined
    ? { place: { traceId: traceIdOfRun(run.id), spanId, sampled: true } }
    : { place: { ...parent, spanId }, parent }
}

function spanContext({ traceId, spanId, sampled }: TracePlace) {
  return { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true }
}

function attributesOf(run: Run, attempt: number, { type, timings }: RunFinished | AttemptLost): Attributes {
  return {
    'run_it.run.id': run.id,
    'run_it.attempt': attempt,
    'run_it.environment': run.environment && `${run.environment.name}@${run.environment.version}`,
    'run_it.outcome': type === 'run-finished' ? run.outcome?.kind : undefined,
    'run_it.worker': run.workerId,
    'run_it.warm': timings.warm,
    'run_it.prebooted': timings.prebooted,
  }
}
