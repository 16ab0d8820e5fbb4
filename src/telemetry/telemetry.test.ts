import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { parsePrometheus } from '../../test/support/prometheus-text.ts'
import { createObserver } from './create-observer.ts'
import { createLog } from './log.ts'
import type { MetricSources } from './metric-sources.ts'
import { Telemetry } from './telemetry.ts'

const sources: MetricSources = {
  environmentName: () => undefined,
  queue: async () => ({
    pools: [
      { pool: 'default', runs: 2, unserved: 0 },
      { pool: 'gpu', runs: 1, unserved: 1 },
    ],
  }),
  data: async () => ({ usedBytes: 0 }),
}

function exampleTelemetry(context: TestContext, variables: Record<string, string> = {}, metrics = true) {
  const lines: string[] = []
  const destination = { write: (line: string) => lines.push(line) > 0 }
  const log = createObserver(createLog({ level: 'info', format: 'json', destination }))
  const telemetry = new Telemetry({ log, version: '1.2.3', metrics, variables })
  context.after(() => telemetry.close())
  return { telemetry, log, lines }
}

test('what is told before OpenTelemetry is there is counted too', async context => {
  const { telemetry } = exampleTelemetry(context)
  telemetry.observer.tell({ type: 'sandboxes-swept', count: 2 })
  telemetry.start(sources)
  telemetry.observer.tell({ type: 'sandboxes-swept', count: 3 })
  const { value, samples } = parsePrometheus((await telemetry.metrics?.()) ?? '')
  assert.equal(value('run_it_sandboxes_swept_total'), 5)
  assert.equal(value('run_it_queue_depth'), 3)
  assert.equal(samples.find(({ name }) => name === 'target_info')?.labels.service_version, '1.2.3')
})

test('a source that fails takes nothing but its own metrics along, and the log says so', async context => {
  const { telemetry, lines } = exampleTelemetry(context)
  telemetry.start({ ...sources, queue: () => Promise.reject(new Error('the database is away')) })
  const { value, samples } = parsePrometheus((await telemetry.metrics?.()) ?? '')
  assert.equal(
    samples.some(({ name }) => name === 'run_it_queue_depth'),
    false,
  )
  assert.ok(value('process_resident_memory_bytes') > 0)
  assert.match(lines.join(''), /the database is away/)
})

test('where nobody wants it, nothing is loaded or kept', async context => {
  const { telemetry, log } = exampleTelemetry(context, {}, false)
  assert.equal(telemetry.observer, log)
  assert.equal(telemetry.metrics, undefined)
  assert.equal(telemetry.observer.trace('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'), undefined)
})

test('traces need an endpoint, and go on from what a client sent', async context => {
  assert.equal(exampleTelemetry(context).telemetry.observer.trace(undefined), undefined)
  const variables = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:9' }
  const { observer } = exampleTelemetry(context, variables).telemetry
  const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00'
  const within = observer.trace(parent)
  assert.equal(within?.parent, parent)
  assert.match(within.traceparent, /^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[0-9a-f]{16}-00$/)
  for (const text of [
    undefined,
    '',
    'x'.repeat(10_000),
    '00-0-0-01',
    parent.toUpperCase(),
    `${parent}-${'a'.repeat(300)}`,
  ]) {
    const own = observer.trace(text)
    assert.match(own?.traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    assert.equal(own?.parent, undefined)
  }
  const isOff = { ...variables, OTEL_SDK_DISABLED: 'true' }
  assert.equal(exampleTelemetry(context, isOff).telemetry.observer.trace(parent), undefined)
})
