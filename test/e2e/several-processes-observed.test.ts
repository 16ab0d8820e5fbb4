import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attribute, OtlpCollector, span } from '../support/otlp-collector.ts'
import { TestPostgres } from '../support/postgres.ts'
import { parsePrometheus } from '../support/prometheus-text.ts'
import { TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait-for.ts'

test('a trace goes on from the server that took a run to the worker that runs it, and each tells its metrics', async () => {
  await using collector = await OtlpCollector.start()
  await using postgres = await TestPostgres.start()
  const variables = {
    RUN_IT_DATABASE_URL: await postgres.createDatabase(),
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  }
  const start = (role: string) => TestServer.start({ flags: ['--role', role, '--slots', '1'], variables })
  await using api = await start('api')
  await using worker = await start('worker')
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const reply = await fetch(`${api.url}/v1/runs`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      prefer: 'wait=60',
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
    },
    body: JSON.stringify({ environment: 'bash', source: 'echo hello' }),
  })
  assert.equal(reply.status, 200, await reply.text())
  const scrape = async (url: string) => parsePrometheus(await (await fetch(`${url}/metrics`)).text())
  await waitFor('the worker to tell', async () => (await scrape(worker.url)).value('run_it_runs_finished_total') === 1)
  const [ofApi, ofWorker] = [await scrape(api.url), await scrape(worker.url)]
  assert.equal(ofApi.value('run_it_http_requests_total', { route: '/v1/runs', status: '200' }), 1)
  assert.equal(ofApi.value('run_it_runs_finished_total'), 0)
  assert.equal(ofApi.families.has('run_it_slots'), false)
  assert.deepEqual([ofWorker.value('run_it_slots'), ofWorker.value('run_it_engine_up')], [1, 1])
  assert.deepEqual([ofApi.value('run_it_queue_depth'), ofWorker.value('run_it_queue_depth')], [0, 0])
  await worker.end('SIGTERM')
  await api.end('SIGTERM')
  const spans = collector.spans.filter(candidate => candidate.traceId === traceId)
  const request = span(spans, 'POST /v1/runs')
  const run = span(spans, 'run')
  assert.deepEqual([request.parentSpanId, run.parentSpanId], ['00f067aa0ba902b7', request.spanId])
  assert.ok(String(attribute(run, 'run_it.worker')).includes(`-${worker.pid}-`))
})
