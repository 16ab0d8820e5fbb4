import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { RunItClient } from '../../sdk/src/client.ts'
import { PlatformError } from '../../src/platform/platform-error.ts'
import { type Metric, metrics, prometheusName } from '../../src/telemetry/open-telemetry/metrics.ts'
import { exampleServer } from '../support/example-server.ts'
import { parsePrometheus, type Scrape } from '../support/prometheus-text.ts'
import { Receiver } from '../support/receiver.ts'
import { waitFor } from '../support/wait-for.ts'

async function scrape(url: string, headers: Record<string, string> = {}): Promise<Scrape> {
  const reply = await fetch(`${url}/metrics`, { headers })
  assert.equal(reply.status, 200)
  assert.match(reply.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4; charset=utf-8$/)
  return parsePrometheus(await reply.text())
}

/** What is told of a run comes a moment after its result. */
function told(url: string, what: string, look: (metrics: Scrape) => boolean): Promise<Scrape> {
  return waitFor(what, async () => {
    const seen = await scrape(url)
    return look(seen) ? seen : undefined
  })
}

const secret = `whsec_${Buffer.alloc(32, 'k').toString('base64')}`

async function exampleRuns(context: TestContext) {
  const receiver = await Receiver.start()
  context.after(() => receiver[Symbol.asyncDispose]())
  const flags = { slots: '2', allowWebhookTo: '127.0.0.1' }
  return { receiver, ...(await exampleServer(context, flags)) }
}

test('what runs did is told at /metrics, by environment and outcome', async context => {
  const { url, client, receiver, platform } = await exampleRuns(context)
  const { runs } = client
  const webhook = { url: receiver.url, secret }
  await runs.submit({ environment: 'bash', source: 'print hello\n', webhook }, { wait: 30 })
  await runs.submit({ environment: 'sh', source: 'exit 3\n' }, { wait: 30 })
  await runs.submit({ environment: 'python', source: 'print hello\n' }, { wait: 30 })
  platform.failNext('open', new PlatformError('sandbox-lost', 'It is gone'))
  await runs.submit({ environment: 'python', source: 'print hello\n' }, { wait: 30 })
  const seen = await told(
    url,
    'all runs',
    ({ value }) =>
      value('run_it_runs_finished_total') === 4 &&
      value('run_it_run_phase_seconds_count', { phase: 'dispose' }) === 4 &&
      value('run_it_webhook_attempts_total') === 1,
  )
  const { value } = seen
  assert.equal(value('run_it_runs_finished_total', { environment: 'bash', outcome: 'exited' }), 2)
  assert.equal(value('run_it_runs_finished_total', { environment: 'python', outcome: 'exited' }), 2)
  for (const phase of ['queued', 'prepare', 'open', 'stages', 'finish']) {
    assert.equal(value('run_it_run_phase_seconds_count', { phase }), 4, phase)
  }
  assert.equal(value('run_it_run_seconds_count', { environment: 'python' }), 2)
  assert.equal(value('run_it_sandboxes_opened_total', { start: 'cold' }), 4)
  assert.equal(value('run_it_engine_errors_total', { code: 'sandbox-lost' }), 1)
  assert.equal(value('run_it_attempts_handed_back_total'), 1)
  assert.equal(value('run_it_leases_lost_total'), 0)
  assert.equal(value('run_it_webhook_attempts_total', { result: 'delivered' }), 1)
  assert.equal(value('run_it_slots'), 2)
  assert.equal(value('run_it_engine_up'), 1)
  assert.equal(value('run_it_http_requests_total', { method: 'POST', route: '/v1/runs', status: '200' }), 4)
  assert.ok(value('process_cpu_seconds_total') > 0)
  assert.ok(value('process_open_fds') > 3)
  assert.ok(value('run_it_data_used_bytes') > 0)
})

test('the queue tells how many wait, and for how long', async context => {
  const { url, client, platform } = await exampleServer(context, { slots: '1' })
  const letGo = platform.hold('prepare')
  const before = Date.now()
  const posted = [0, 1, 2].map(() => client.runs.submit({ environment: 'bash', source: 'print hello\n' }))
  await Promise.all(posted)
  const waiting = await told(url, 'two that wait', ({ value }) => value('run_it_queue_depth') === 2)
  const age = waiting.value('run_it_queue_oldest_seconds')
  assert.ok(age >= 0 && age <= (Date.now() - before) / 1000, String(age))
  assert.equal(waiting.value('run_it_slots', { state: 'used' }), 1)
  letGo()
  const done = await told(url, 'none that waits', ({ value }) => value('run_it_runs_finished_total') === 3)
  assert.equal(done.value('run_it_queue_depth'), 0)
  assert.equal(done.value('run_it_queue_oldest_seconds'), 0)
})

test('no client chooses the value of a label', async context => {
  const { url, client } = await exampleServer(context)
  const hostile = [
    'python@0.0.1\n# TYPE',
    'nobody',
    '__proto__',
    'constructor',
    '"} 1\nrun_it_slots 99',
    'p'.repeat(90),
  ]
  const ask = (path: string, init?: RequestInit) => fetch(`${url}${path}`, init).then(reply => reply.text())
  for (const environment of hostile) {
    const body = JSON.stringify({
      environment,
      source: 'print 1',
      labels: { [`l${hostile.indexOf(environment)}`]: 'secret' },
    })
    await ask('/v1/runs', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const elsewhere = JSON.stringify({
      environment: 'python',
      source: 'print 1',
      pool: `p${hostile.indexOf(environment)}`,
    })
    await ask('/v1/runs', { method: 'POST', headers: { 'content-type': 'application/json' }, body: elsewhere })
    await ask(`/${encodeURIComponent(environment)}`)
    await ask(`/v1/runs/${encodeURIComponent(environment)}`)
    await ask('/v1/runs', { method: 'PURGE' })
  }
  const { id } = await client.runs.submit({ environment: 'python', source: 'print 1' }, { wait: 30 })
  const { samples } = await told(url, 'the run', ({ value }) => value('run_it_runs_finished_total') === 1)
  const names = (await client.environments.list()).map(({ name }) => name)
  assert.ok(names.includes('python'))
  const allowed: Readonly<Record<string, RegExp>> = {
    environment: new RegExp(`^(${[...names, 'unknown'].map(name => name.replaceAll(/\W/g, '\\$&')).join('|')})$`),
    outcome: /^[a-z-]{1,20}$/,
    // Of those that somebody serves.
    pool: /^default$/,
    phase: /^(queued|prepare|open|stages|finish|dispose)$/,
    route: /^(none|\/[\w/:.*-]{1,60})$/,
    status: /^([1-5]\d\d|aborted)$/,
    method: /^[A-Z-]{3,11}$/,
    state: /^(used|free)$/,
    start: /^(cold|warm|preboot)$/,
    code: /^[a-z-]{1,30}$/,
    le: /^(\+Inf|[\d.]+)$/,
  }
  for (const { name, labels } of samples.filter(sample => sample.name !== 'target_info')) {
    for (const [label, text] of Object.entries(labels)) assert.match(text, allowed[label] ?? /^$/, `${name} ${label}`)
    assert.ok(!JSON.stringify(labels).includes(id))
  }
  const routes = samples.filter(({ name }) => name === 'run_it_http_requests_total')
  assert.equal(new Set(routes.map(({ labels }) => labels.route)).has('none'), true)
  assert.ok(routes.length < 30, `${routes.length} series`)
})

test('every metric of the list is there, and no other', async context => {
  const { url, client, platform } = await exampleRuns(context)
  platform.failNext('open', new PlatformError('sandbox-lost', 'It is gone'))
  await client.runs.submit(
    { environment: 'bash', source: 'print 1\n', webhook: { url: 'http://127.0.0.1:9/', secret } },
    { wait: 30 },
  )
  const { families } = await told(url, 'the webhook', ({ value }) => value('run_it_webhook_attempts_total') > 0)
  const wanted = Object.values<Metric>(metrics)
  assert.deepEqual(
    [...families.keys()].filter(name => name !== 'target_info').toSorted(),
    wanted.map(prometheusName).toSorted(),
  )
  for (const metric of wanted) {
    assert.deepEqual(families.get(prometheusName(metric)), { type: metric.kind, help: metric.description })
  }
})

test('once there are keys, metrics take one with the scope for it', async context => {
  const { url, client } = await exampleServer(context)
  const { secret: admin } = await client.keys.create({ name: 'ops', scopes: ['admin'] })
  const asAdmin = new RunItClient({ baseUrl: url, key: admin })
  const { secret: reader } = await asAdmin.keys.create({ name: 'reader', scopes: ['read', 'run'] })
  const { secret: scraper } = await asAdmin.keys.create({ name: 'prometheus', scopes: ['metrics'] })
  const status = async (path: string, key?: string) =>
    (await fetch(`${url}${path}`, { headers: key === undefined ? {} : { authorization: `Bearer ${key}` } })).status
  assert.equal(await status('/metrics'), 401)
  assert.equal(await status('/metrics', reader), 403)
  assert.equal(await status('/metrics', scraper), 200)
  assert.equal(await status('/metrics', admin), 200)
  assert.equal(await status('/v1/runs', scraper), 403)
})

test('without the setting there are no metrics', async context => {
  const { url } = await exampleServer(context, { metrics: 'false' })
  assert.equal((await fetch(`${url}/metrics`)).status, 404)
})
