/** Where telemetry goes besides the log. */
export interface Exports {
  /** To whoever asks at `/metrics`. */
  readonly metrics: boolean
  /** To a collector, as OpenTelemetry's protocol has it. */
  readonly otlpMetrics: boolean
  readonly otlpTraces: boolean
}

/** What the operator asked for: the setting, and the variables that all programs with OpenTelemetry have in common. */
export function chooseExports(metrics: boolean, variables: Readonly<Record<string, string | undefined>>): Exports {
  const isOff = variables.OTEL_SDK_DISABLED?.toLowerCase() === 'true'
  const sends = (signal: 'TRACES' | 'METRICS') =>
    !isOff &&
    variables[`OTEL_${signal}_EXPORTER`] !== 'none' &&
    Boolean(variables.OTEL_EXPORTER_OTLP_ENDPOINT || variables[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`])
  return { metrics, otlpMetrics: sends('METRICS'), otlpTraces: sends('TRACES') }
}
