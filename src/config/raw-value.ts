/** A setting as one source gave it, before it is checked. */
export interface RawValue {
  readonly property: string
  readonly raw: unknown
  /** Where it stood, for error messages: `--port`, `RUN_IT_PORT` or `run-it.yaml:3`. */
  readonly origin: string
}

/** What one source gave. Faults are collected, so that everything wrong is told at once. */
export interface SourceValues {
  readonly values: readonly RawValue[]
  readonly faults: readonly string[]
}
