import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import type { Resource } from '@opentelemetry/resources'
import { type IMetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { ToldIds, TraceWriter } from './trace-observation.ts'

const collectTimeoutMs = 3_000
/** A span is a few hundred bytes; what a collector that is away does not take in time is dropped. */
const maxQueuedSpans = 4_096

/** The exporters read the addresses, headers and timeouts that OpenTelemetry's own variables name. */
export function metricReader(): IMetricReader {
  const intervalMs = Number(process.env.OTEL_METRIC_EXPORT_INTERVAL)
  return new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter(),
    exportTimeoutMillis: collectTimeoutMs,
    ...(intervalMs >= collectTimeoutMs && { exportIntervalMillis: intervalMs }),
  })
}

export interface Traces {
  write: TraceWriter['write']
  close(): Promise<void>
}

export function startTraces(resource: Resource, scope: string, version: string): Traces {
  const idGenerator = new ToldIds()
  const processor = new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), maxQueueSize: maxQueuedSpans })
  const provider = new TracerProvider({ resource, idGenerator, spanProcessors: [processor] })
  const writer = new TraceWriter(provider.getTracer(scope, version), idGenerator)
  return { write: observation => writer.write(observation), close: () => provider.shutdown() }
}
