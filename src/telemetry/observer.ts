import type { Logger } from 'pino'
import type { Observation, RequestTrace } from './observation.ts'

/** Whom the core tells of itself. It never throws and never waits. Program output does not go in. */
export interface Observer {
  readonly log: Logger
  tell(observation: Observation): void
  /** A place in a trace for a request whose client sent this `traceparent`. Undefined where nobody gathers traces. */
  trace(clientTraceparent: string | undefined): RequestTrace | undefined
}
