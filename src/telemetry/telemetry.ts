import { chooseExports, type Exports } from './exports.ts'
import type { MetricSources } from './metric-sources.ts'
import type { Observation } from './observation.ts'
import type { Observer } from './observer.ts'
import type { OpenTelemetry } from './open-telemetry/open-telemetry.ts'
import { formatTraceparent, parseTraceparent, placeWithin } from './trace-context.ts'

/** What happens until OpenTelemetry is loaded, which takes some 100 ms. */
const maxEarly = 10_000

/**
 * OpenTelemetry beside the log, where anybody wants it. It is loaded once the server listens, so that nobody waits for it; what was told
 * before that is kept for it.
 */
export class Telemetry {
  readonly observer: Observer
  /** The answer of `/metrics`; undefined where it is not served. */
  readonly metrics: (() => Promise<string>) | undefined
  readonly #log: Observer
  readonly #exports: Exports
  readonly #version: string
  readonly #started = Promise.withResolvers<OpenTelemetry | undefined>()
  #early: Observation[] = []
  #loading: Promise<void> | undefined
  #running: OpenTelemetry | undefined

  constructor(parts: {
    readonly log: Observer
    readonly version: string
    readonly metrics: boolean
    readonly variables: Readonly<Record<string, string | undefined>>
  }) {
    this.#log = parts.log
    this.#version = parts.version
    this.#exports = chooseExports(parts.metrics, parts.variables)
    this.metrics = this.#exports.metrics ? () => this.#read() : undefined
    this.observer = this.#isWanted() ? this.#observer() : parts.log
  }

  /** From here on it is gathered and sent. */
  start(sources: MetricSources): void {
    if (this.#isWanted()) this.#loading = this.#load(sources)
  }

  /** Sends what is still to be sent. May come without `start`. */
  async close(): Promise<void> {
    await this.#loading
    await this.#running?.close()
    this.#started.resolve(undefined)
  }

  async #load(sources: MetricSources): Promise<void> {
    const { log } = this.#log
    try {
      const { startOpenTelemetry } = await import('./open-telemetry/open-telemetry.ts')
      const running = await startOpenTelemetry({ exports: this.#exports, sources, log, version: this.#version })
      for (const observation of this.#early.splice(0)) running.tell(observation)
      this.#running = running
      this.#started.resolve(running)
    } catch (error) {
      log.error({ err: error }, 'telemetry could not be started')
      this.#started.resolve(undefined)
    }
  }

  #isWanted(): boolean {
    const { metrics, otlpMetrics, otlpTraces } = this.#exports
    return metrics || otlpMetrics || otlpTraces
  }

  #observer(): Observer {
    return {
      log: this.#log.log,
      tell: observation => {
        this.#log.tell(observation)
        this.#tell(observation)
      },
      trace: clientTraceparent => {
        if (!this.#exports.otlpTraces) return undefined
        const parent = parseTraceparent(clientTraceparent)
        const traceparent = formatTraceparent(placeWithin(parent))
        return parent === undefined ? { traceparent } : { traceparent, parent: formatTraceparent(parent) }
      },
    }
  }

  #tell(observation: Observation): void {
    if (this.#running === undefined) {
      if (this.#early.length < maxEarly) this.#early.push(observation)
      return
    }
    try {
      this.#running.tell(observation)
    } catch (error) {
      // The core must not fail because it is watched.
      this.#log.log.warn({ err: error }, 'telemetry failed')
    }
  }

  async #read(): Promise<string> {
    const running = await this.#started.promise
    if (running === undefined) throw new Error('telemetry is not running')
    return await running.prometheus()
  }
}
