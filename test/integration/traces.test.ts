import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { PlatformError } from '../../src/platform/platform-error.ts'
import { exampleServer } from '../support/example-server.ts'
import { attribute, OtlpCollector, span } from '../support/otlp-collector.ts'

/** What OpenTelemetry reads is the environment of its process. */
async function collector(context: TestContext, variables: Readonly<Record<string, string>> = {}) {
  const started = await OtlpCollector.start()
  const before = { ...process.env }
  Object.assign(process.env, { OTEL_EXPORTER_OTLP_ENDPOINT: started.url, ...variables })
  context.after(async () => {
    process.env = before
    await started[Symbol.asyncDispose]()
  })
  return started
}

test('a trace follows a run from its request through the queue into the sandbox', async context => {
  const { spans, metricNames } = await collector(context)
  const { url, close, log } = await exampleServer(context)
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const reply = await fetch(`${url}/v1/runs`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      prefer: 'wait=30',
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
      tracestate: 'x=1',
    },
    body: JSON.stringify({ environment: 'bash', source: 'print SECRET-OUTPUT\n' }),
  })
  const { id } = (await reply.json()) as { id: string }
  assert.equal(reply.status, 200)
  await close()
  const own = spans.filter(candidate => candidate.traceId === traceId)
  const request = span(own, 'POST /v1/runs')
  assert.deepEqual([request.parentSpanId, request.kind], ['00f067aa0ba902b7', 2])
  const run = span(own, 'run')
  assert.equal(run.parentSpanId, request.spanId)
  assert.equal(attribute(run, 'run_it.run.id'), id)
  assert.equal(attribute(run, 'run_it.outcome'), 'exited')
  for (const name of ['queued', 'prepare', 'open', 'stages', 'finish', 'dispose']) {
    const phase = span(own, name)
    assert.equal(phase.parentSpanId, run.spanId, name)
    assert.ok(BigInt(phase.startTimeUnixNano) <= BigInt(phase.endTimeUnixNano), name)
  }
  assert.doesNotMatch(JSON.stringify(spans), /SECRET-OUTPUT/)
  assert.match(log(), new RegExp(`"trace":"${traceId}"`))
  assert.ok(metricNames.has('run_it.runs.finished'), 'metrics are sent too')
})

test('each attempt is a span, and a run that was lost is marked', async context => {
  const { spans } = await collector(context)
  const { client, platform, close } = await exampleServer(context)
  platform.failNext('open', new PlatformError('sandbox-lost', 'It is gone'))
  const run = await client.runs.submit({ environment: 'bash', source: 'print 1\n' }, { wait: 30 })
  await close()
  const request = span(spans, 'POST /v1/runs')
  const [first, second] = [span(spans, 'run', 1), span(spans, 'run', 2)]
  assert.equal(run.attempt, 2)
  for (const attempt of [first, second])
    assert.deepEqual([attempt.traceId, attempt.parentSpanId], [request.traceId, request.spanId])
  assert.deepEqual([first.status.code, second.status.code ?? 0], [2, 0])
})

test('a client that wants no trace gets none', async context => {
  const { spans } = await collector(context)
  const { url, close } = await exampleServer(context)
  const headers = {
    'content-type': 'application/json',
    prefer: 'wait=30',
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`,
  }
  const body = JSON.stringify({ environment: 'bash', source: 'print 1\n' })
  assert.equal((await fetch(`${url}/v1/runs`, { method: 'POST', headers, body })).status, 200)
  await close()
  assert.deepEqual(spans, [])
})

test('a collector that is away holds nothing up, and the log says so', async context => {
  await collector(context, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_EXPORTER_OTLP_TIMEOUT: '300' })
  const { client, close, log } = await exampleServer(context)
  const run = await client.runs.submit({ environment: 'bash', source: 'print 1\n' }, { wait: 30 })
  assert.equal(run.state, 'finished')
  await close()
  assert.match(log(), /telemetry could not be sent/)
})
