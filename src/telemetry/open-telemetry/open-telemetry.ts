import { hostname } from 'node:os'
import { DiagLogLevel, diag, type Meter } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { type IMetricReader, MeterProvider } from '@opentelemetry/sdk-metrics'
import type { Logger } from 'pino'
import type { Exports } from '../exports.ts'
import type { MetricSources } from '../metric-sources.ts'
import type { Observation } from '../observation.ts'
import { countObservation } from './count-observation.ts'
import { Instruments } from './instruments.ts'
import { observeProcess } from './observe-process.ts'
import { observeSources } from './observe-sources.ts'

/** A database that hangs must not hold up the rest of the metrics. */
const collectTimeoutMs = 3_000
/** A collector that is away must not hold up the end of the process. */
const shutdownTimeoutMs = 2_000
const scope = 'run-it'

/** OpenTelemetry, running. */
export interface OpenTelemetry {
  tell(observation: Observation): void
  /** In Prometheus' text format. */
  prometheus(): Promise<string>
  /** Sends what is still to be sent. */
  close(): Promise<void>
}

export interface OpenTelemetryParts {
  readonly exports: Exports
  readonly sources: MetricSources
  readonly log: Logger
  readonly version: string
}

export async function startOpenTelemetry(parts: OpenTelemetryParts): Promise<OpenTelemetry> {
  const { exports, sources, log, version } = parts
  tellFaults(log)
  const own = resourceFromAttributes({
    'service.name': 'run-it',
    'service.version': version,
    'service.instance.id': `${hostname()}-${process.pid}`,
  })
  // What the operator says of himself in OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME counts more.
  const resource = own.merge(detectResources({ detectors: [envDetector] }))
  const prometheus = new PrometheusExporter({ preventServerStart: true })
  const serializer = new PrometheusSerializer(undefined, false, undefined, false, true)
  const readers: IMetricReader[] = exports.metrics ? [prometheus] : []
  const otlp = exports.otlpMetrics || exports.otlpTraces ? await import('./otlp.ts') : undefined
  if (otlp && exports.otlpMetrics) readers.push(otlp.metricReader())
  const meters = new MeterProvider({ resource, readers })
  const meter: Meter = meters.getMeter(scope, version)
  const instruments = new Instruments(meter)
  observeSources(meter, sources)
  observeProcess(meter)
  const traces = exports.otlpTraces ? otlp?.startTraces(resource, scope, version) : undefined
  return {
    tell(observation) {
      countObservation(observation, instruments, sources.environmentName)
      traces?.write(observation)
    },
    async prometheus() {
      const { resourceMetrics, errors } = await prometheus.collect({ timeoutMillis: collectTimeoutMs })
      for (const error of errors) log.warn({ err: error }, 'a metric could not be read')
      return serializer.serialize(resourceMetrics)
    },
    async close() {
      const all = Promise.allSettled([meters.shutdown({ timeoutMillis: shutdownTimeoutMs }), traces?.close()])
      const { promise: patience, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, shutdownTimeoutMs)
      await Promise.race([all, patience])
      clearTimeout(timer)
    },
  }
}

/** What cannot be sent is told in the log. */
function tellFaults(log: Logger): void {
  const silent = () => {}
  const tell = (text: string) => log.warn({ detail: text.slice(0, 300) }, 'telemetry could not be sent')
  diag.setLogger(
    { error: tell, warn: tell, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
}
