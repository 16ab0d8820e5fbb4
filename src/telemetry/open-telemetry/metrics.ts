/** A metric, as it is named in OpenTelemetry. Prometheus has underscores for the dots, and `_total` behind counters. */
export interface Metric {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly description: string
  /** Their values come from lists of ours, never from a client. */
  readonly labels: readonly string[]
}

/** Everything that is measured, in the order of `docs/operations.md`. */
export const metrics = {
  queueDepth: gauge('run_it.queue.depth', 'Runs that wait for a worker, in the whole installation.'),
  queueOldest: gauge('run_it.queue.oldest.seconds', 'Age of the oldest run that waits; 0 when none does.'),
  queuePoolDepth: gauge('run_it.queue.pool.depth', 'Runs that wait for a worker of the pool.', 'pool'),
  queueUnserved: gauge('run_it.queue.unserved', 'Runs that wait, and that no worker that lives takes.', 'pool'),
  runsFinished: counter('run_it.runs.finished', 'Runs that ended.', 'environment', 'outcome'),
  runSeconds: histogram('run_it.run.seconds', 'From the acceptance of a run to its result.', 'environment'),
  phaseSeconds: histogram('run_it.run.phase.seconds', 'Time of a run by phase.', 'environment', 'phase'),
  attemptsHandedBack: counter('run_it.attempts.handed_back', 'Attempts that went back to the queue.'),
  leasesLost: counter('run_it.leases.lost', 'Attempts whose run somebody else had taken over.'),
  slots: gauge('run_it.slots', 'Slots of the worker.', 'state'),
  sandboxesOpened: counter('run_it.sandboxes.opened', 'Sandboxes of runs by how they began.', 'environment', 'start'),
  sandboxesWarm: gauge('run_it.sandboxes.warm', 'Sandboxes that wait for a run.'),
  sandboxesSwept: counter('run_it.sandboxes.swept', 'Sandboxes that belonged to nobody and were removed.'),
  engineUp: gauge('run_it.engine.up', 'Whether the engine answers: 1 or 0.'),
  engineErrors: counter('run_it.engine.errors', 'Failures of the engine.', 'code'),
  httpRequests: counter('run_it.http.requests', 'Requests that were answered.', 'method', 'route', 'status'),
  httpSeconds: histogram('run_it.http.request.seconds', 'From a request to the end of its answer.', 'method', 'route'),
  webhookAttempts: counter('run_it.webhook.attempts', 'Attempts to deliver a webhook.', 'result'),
  dataUsed: gauge('run_it.data.used.bytes', 'What the rows take in the database.'),
  dataAvailable: gauge('run_it.data.available.bytes', 'What the disk of the data directory has left.'),
  processCpu: counter('process.cpu.seconds', 'CPU time of the process.'),
  processMemory: gauge('process.resident_memory.bytes', 'Memory that the process has.'),
  processStart: gauge('process.start_time.seconds', 'When the process started, in seconds since 1970.'),
  processFiles: gauge('process.open_fds', 'Files and connections that the process has open.'),
  heapUsed: gauge('nodejs.heap_size_used.bytes', 'Memory that JavaScript has.'),
  eventLoop: gauge('nodejs.eventloop.utilization', 'Share of the time since the last look that JavaScript was busy.'),
} as const satisfies Readonly<Record<string, Metric>>

export type MetricName = keyof typeof metrics

/** As it is at `/metrics`. */
export function prometheusName({ name, kind }: Metric): string {
  return name.replaceAll('.', '_') + (kind === 'counter' ? '_total' : '')
}

function counter(name: string, description: string, ...labels: readonly string[]): Metric {
  return { name, kind: 'counter', description, labels }
}

function gauge(name: string, description: string, ...labels: readonly string[]): Metric {
  return { name, kind: 'gauge', description, labels }
}

function histogram(name: string, description: string, ...labels: readonly string[]): Metric {
  return { name, kind: 'histogram', description, labels }
}
