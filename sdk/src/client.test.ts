import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it, type TestContext } from 'node:test'
import { type RunEvent, RunItClient, RunItConnectionError, RunItError } from './client.ts'

async function serverOf(t: TestContext, listener: RequestListener): Promise<RunItClient> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return new RunItClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` })
}

function clientOf(answer: (request: Request) => Response | Promise<Response>, timeoutMs?: number): RunItClient {
  return new RunItClient({ fetch: async (input, init) => answer(new Request(input, init)), timeoutMs, key: 'secret' })
}

const sse = (sequence: number, type: string, data: object) =>
  `id: ${sequence}\nevent: ${type}\ndata: ${JSON.stringify({ attempt: 1, at: '', ...data })}\n\n`

it('submit sends JSON, the key, and how long to wait', async () => {
  const client = clientOf(async request => {
    assert.equal(request.method, 'POST')
    assert.equal(request.url, 'http://127.0.0.1:8080/v1/runs')
    assert.equal(request.headers.get('prefer'), 'wait=10')
    assert.equal(request.headers.get('authorization'), 'Bearer secret')
    assert.deepEqual(await request.json(), { environment: 'python', source: 'x' })
    return Response.json({ id: 'R1', state: 'queued' }, { status: 202 })
  })
  const run = await client.runs.submit({ environment: 'python', source: 'x' }, { wait: 9.5 })
  assert.equal(run.id, 'R1')
})

it('rerun sends only what is to change', async () => {
  const bodies: unknown[] = []
  const client = clientOf(async request => {
    assert.equal(`${request.method} ${request.url}`, 'POST http://127.0.0.1:8080/v1/runs/R1/rerun')
    bodies.push(await request.json(), request.headers.get('prefer'))
    return Response.json({ id: 'R2', rerunOf: 'R1', state: 'queued' }, { status: 202 })
  })
  assert.equal((await client.runs.rerun('R1')).rerunOf, 'R1')
  await client.runs.rerun('R1', { priority: 3, labels: {}, wait: 5 })
  assert.deepEqual(bodies, [{}, null, { priority: 3, labels: {} }, 'wait=5'])
})

it('a problem is an error with its pointers', async () => {
  const errors = [{ pointer: '/limits/wallTimeMs', detail: 'must be positive' }]
  const problem = {
    type: '/problems/x',
    title: 'No',
    status: 422,
    detail: 'Not so.',
    code: 'limit-out-of-range',
    errors,
  }
  const client = clientOf(() => Response.json(problem, { status: 422, headers: { 'retry-after': '3' } }))
  await assert.rejects(client.runs.submit({ environment: 'go' }), error => {
    assert.ok(error instanceof RunItError)
    assert.equal(error.problem.code, 'limit-out-of-range')
    assert.equal(error.retryAfterSeconds, 3)
    assert.match(error.message, /Not so\.\n\/limits\/wallTimeMs: must be positive/)
    return true
  })
})

it('a problem that says the same twice is told once', async () => {
  const errors = [{ pointer: '/environment', detail: 'No such thing.' }]
  const problem = { type: '', title: 'No', status: 422, detail: 'No such thing.', code: 'unknown-environment', errors }
  const client = clientOf(() => Response.json(problem, { status: 422 }))
  await assert.rejects(client.runs.get('R1'), { message: 'No such thing.' })
})

it('a reply that is not of run-it is described', async () => {
  const client = clientOf(() => new Response('<h1>Forbidden</h1>', { status: 403, statusText: 'Forbidden' }))
  await assert.rejects(client.runs.get('R1'), /403 Forbidden: <h1>Forbidden<\/h1>/)
})

it('a server that is not there is named, with what to do', async () => {
  const client = new RunItClient({ baseUrl: 'http://127.0.0.1:1' })
  await assert.rejects(client.runs.list(), error => {
    assert.ok(error instanceof RunItConnectionError)
    assert.match(error.message, /^cannot reach http:\/\/127\.0\.0\.1:1 .*is `run-it serve` running\?$/)
    return true
  })
})

it('a safe request is sent again after a 503, a cancel is not', async () => {
  let requests = 0
  const client = clientOf(() => Response.json(++requests < 3 ? {} : { runs: [] }, { status: requests < 3 ? 503 : 200 }))
  assert.deepEqual(await client.runs.list(), { runs: [] })
  assert.equal(requests, 3)
  requests = 0
  await assert.rejects(client.runs.cancel('R1'), RunItError)
  assert.equal(requests, 1)
})

it('a submission is sent again with the same key, another one has another', async () => {
  const keys: (string | null)[] = []
  const client = clientOf(request => {
    keys.push(request.headers.get('idempotency-key'))
    if (keys.length === 1) throw new TypeError('fetch failed')
    return Response.json(keys.length === 2 ? {} : { id: 'R1' }, { status: keys.length === 2 ? 503 : 202 })
  })
  assert.equal((await client.runs.submit({ environment: 'go' })).id, 'R1')
  await client.runs.submit({ environment: 'go' })
  await client.runs.submit({ environment: 'go' }, { idempotencyKey: 'mine' })
  assert.match(keys[0] ?? '', /^[0-9a-f]{32}$/)
  assert.deepEqual(keys.slice(0, 3), Array(3).fill(keys[0]))
  assert.equal(new Set(keys).size, 3)
  assert.equal(keys[4], 'mine')
})

it('a submission is not sent for ever, and not again where it was refused', async () => {
  let requests = 0
  const client = clientOf(() => Response.json({}, { status: ++requests > 4 ? 422 : 503 }))
  await assert.rejects(client.runs.submit({ environment: 'go' }), { status: 503 })
  assert.equal(requests, 4)
  await assert.rejects(client.runs.submit({ environment: 'go' }), { status: 422 })
  assert.equal(requests, 5)
})

it('a server that does not answer is given up in time', async t => {
  const client = await serverOf(t, () => {})
  const impatient = new RunItClient({ baseUrl: client.baseUrl, timeoutMs: 20 })
  await assert.rejects(impatient.runs.get('R1'), /did not answer in time/)
})

it('an aborted call rejects with the reason of its signal', async () => {
  const reason = new Error('changed my mind')
  const client = clientOf(
    request =>
      new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason))),
  )
  const controller = new AbortController()
  const call = client.runs.get('R1', { signal: controller.signal })
  controller.abort(reason)
  await assert.rejects(call, reason)
})

it('all walks every page', async () => {
  const client = clientOf(request => {
    const { searchParams } = new URL(request.url)
    assert.equal(searchParams.get('state'), 'finished')
    const isLast = searchParams.get('cursor') === '2'
    return Response.json(isLast ? { runs: [{ id: 'c' }] } : { runs: [{ id: 'a' }, { id: 'b' }], next: '2' })
  })
  const ids = []
  for await (const run of client.runs.all({ state: 'finished' })) ids.push(run.id)
  assert.deepEqual(ids, ['a', 'b', 'c'])
})

it('wait polls until the run is finished', async () => {
  let polls = 0
  const client = clientOf(request => {
    assert.match(request.headers.get('prefer') ?? '', /^wait=\d+$/)
    return Response.json({ id: 'R1', state: ++polls < 2 ? 'running' : 'finished' })
  })
  assert.equal((await client.runs.wait('R1')).state, 'finished')
  assert.equal(polls, 2)
})

it('stdout is bytes, exactly', async t => {
  const client = await serverOf(t, (_, response) => response.end(Buffer.of(0, 255, 10)))
  assert.deepEqual(await client.runs.stdout('R1'), Uint8Array.of(0, 255, 10))
})

it('output can be that of one stage', async () => {
  const client = clientOf(request => new Response(new URL(request.url).pathname + new URL(request.url).search))
  const text = new TextDecoder().decode(await client.runs.stderr('R1', { stage: 'compile' }))
  assert.equal(text, '/v1/runs/R1/stderr?stage=compile')
})

it('events go on where a lost connection left off, each once', async t => {
  const seen: (string | undefined)[] = []
  const client = await serverOf(t, (request, response) => {
    seen.push(request.headers['last-event-id'] as string | undefined)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    if (seen.length === 1) {
      response.write(sse(1, 'state', { state: 'preparing' }) + sse(2, 'state', { state: 'running' }), () => {
        response.socket?.destroy()
      })
      return
    }
    response.write(sse(2, 'state', { state: 'running' }))
    response.end(sse(3, 'finished', { run: { id: 'R1' } }))
  })
  const events: RunEvent[] = []
  for await (const event of client.runs.events('R1')) events.push(event)
  assert.deepEqual(
    events.map(event => [event.sequence, event.type]),
    [
      [1, 'state'],
      [2, 'state'],
      [3, 'finished'],
    ],
  )
  assert.deepEqual(seen, [undefined, '2'])
})

it('leaving the events closes the connection', async t => {
  let closed: () => void = () => {}
  const isClosed = new Promise<void>(resolve => {
    closed = resolve
  })
  const client = await serverOf(t, (_, response) => {
    response.on('close', closed)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(sse(1, 'state', { state: 'preparing' }))
  })
  for await (const event of client.runs.events('R1')) {
    assert.equal(event.sequence, 1)
    break
  }
  await isClosed
})

it('events end at once where nothing comes after the last one that is known', async () => {
  const seen: (string | null)[] = []
  const client = clientOf(request => {
    seen.push(request.headers.get('last-event-id'))
    return new Response(null, { status: 204 })
  })
  for await (const _ of client.runs.events('R1', { after: 7 })) assert.fail('an event')
  assert.deepEqual(seen, ['7'])
})

it('events of a run that is not there are an error at once', async () => {
  let requests = 0
  const problem = { type: '', title: 'No', status: 404, detail: 'There is no such run.', code: 'run-not-found' }
  const client = clientOf(() => {
    requests++
    return Response.json(problem, { status: 404 })
  })
  await assert.rejects(async () => {
    for await (const _ of client.runs.events('R1')) assert.fail('an event')
  }, /There is no such run/)
  assert.equal(requests, 1)
})

it('ready tells why it is not, without asking again', async () => {
  let requests = 0
  const answer = { ready: false, checks: [{ name: 'platform', ok: false, detail: 'The engine is away.' }] }
  const client = clientOf(() => {
    requests++
    return Response.json(answer, { status: 503 })
  })
  assert.deepEqual(await client.health.ready(), answer)
  assert.equal(requests, 1)
})

it('an environment is found by its alias, and a missing one names those that exist', async () => {
  const client = clientOf(() => Response.json({ environments: [{ name: 'go', aliases: ['golang'] }] }))
  assert.equal((await client.environments.get('golang')).name, 'go')
  await assert.rejects(client.environments.get('perl'), /no environment "perl"\. There are: go/)
})
