import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { type Run, RunItError, type RunSubmission } from '../../sdk/src/client.ts'
import { ask, TestPostgres } from '../support/postgres.ts'
import { parsePrometheus } from '../support/prometheus-text.ts'
import { fakeEnginePath, TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait-for.ts'

const leaseMs = 3_000
/** Far more than it needs: a lease, a look, and what a busy machine takes. */
const deadlineMs = 60_000
const short: RunSubmission = { environment: 'bash', source: 'echo done' }
const exited = { kind: 'exited', code: 0 }

suite('two API servers and workers of several pools and architectures on one database', () => {
  let postgres: TestPostgres
  let url: string
  let folder: string
  const servers: TestServer[] = []
  let api: TestServer
  let other: TestServer
  let plain: TestServer

  const start = async (flags: readonly string[], architecture?: string) => {
    const server = await TestServer.start({
      dataDirectory: join(folder, 'unused'),
      flags,
      variables: {
        RUN_IT_DATABASE_URL: url,
        RUN_IT_LEASE_MS: String(leaseMs),
        RUN_IT_WARM_MEMORY_BYTES: '0',
        TEST_ARCHITECTURE: architecture,
      },
      ...(architecture && { program: fakeEnginePath }),
    })
    servers.push(server)
    return server
  }
  const startWorker = (pools: readonly string[], architecture?: string) =>
    start(['--role', 'worker', '--slots', '2', ...pools.flatMap(pool => ['--pool', pool])], architecture)
  const ready = async ({ pid }: TestServer) => {
    const isReady = async () =>
      (await api.client.workers()).some(({ id, state }) => id.includes(`-${pid}-`) && state === 'ready')
    await waitFor('the worker to be ready', isReady)
  }
  const holderOf = async (id: string) => {
    const [row] = await ask(url, `select worker_id from runs where id = '${id}'`)
    return servers.find(server => String(row?.worker_id).includes(`-${server.pid}-`))
  }
  const finished = (id: string) => other.client.runs.wait(id, { signal: AbortSignal.timeout(deadlineMs) })
  const until = (what: string, id: string, is: (run: Run) => boolean) =>
    waitFor(what, async () => is(await other.client.runs.get(id)), deadlineMs)

  before(async () => {
    postgres = await TestPostgres.start()
    url = await postgres.createDatabase()
    folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
    // An API is told of a pool whose workers are started only when something waits.
    ;[api, other, plain] = await Promise.all([
      start(['--role', 'api', '--pool', 'rare,default']),
      start(['--role', 'api']),
      startWorker([]),
    ])
    await ready(plain)
  })
  after(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]()
    await postgres?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  test('a pool that nobody ever served is a slip of the pen, and is told the nearest', async () => {
    for (const pool of ['rarer', 'gpu']) {
      await assert.rejects(api.client.runs.submit({ ...short, pool }), (error: unknown) => {
        assert.ok(error instanceof RunItError)
        assert.equal(error.problem.code, 'unknown-pool')
        if (pool === 'rarer') assert.match(error.message, /did you mean rare\?/)
        return true
      })
    }
  })

  test('a run of a pool that nobody serves now says so while it waits, and is taken once a worker comes', async () => {
    const made = await other.client.runs.submit({ ...short, pool: 'rare' })
    assert.deepEqual([made.pool, made.waiting?.reason], ['rare', 'pool-unserved'])
    // Whoever came after it is served meanwhile.
    const { id } = await api.client.runs.submit(short)
    assert.deepEqual((await finished(id)).outcome, exited)
    const [shown, listed] = [await api.client.runs.get(made.id), await api.client.runs.list({ state: 'queued' })]
    assert.equal(shown.waiting?.reason, 'pool-unserved')
    assert.match(shown.waiting?.detail ?? '', /the pool "rare"/)
    assert.deepEqual(
      listed.runs.map(run => [run.id, run.waiting?.reason]),
      [[made.id, 'pool-unserved']],
    )
    const { samples } = parsePrometheus(await (await fetch(`${api.url}/metrics`)).text())
    const waiting = (name: string) => samples.find(each => each.name === name && each.labels.pool === 'rare')?.value
    assert.deepEqual([waiting('run_it_queue_pool_depth'), waiting('run_it_queue_unserved')], [1, 1])

    const worker = await startWorker(['rare'])
    const run = await finished(made.id)
    assert.deepEqual([run.outcome, run.waiting, await holderOf(made.id)], [exited, undefined, worker])
    await worker.end('SIGTERM')
  })

  test('each worker takes what is of its pools alone, and says which they are', async () => {
    const gpu = await startWorker(['gpu'])
    await ready(gpu)
    const pools = new Map((await api.client.workers()).map(worker => [worker.id.split('-').at(-2), worker.pools]))
    assert.deepEqual([pools.get(String(gpu.pid)), pools.get(String(plain.pid))], [['gpu'], ['default']])
    const runs: RunSubmission[] = Array.from({ length: 6 }, (_, index) => ({
      ...short,
      ...(index % 2 === 0 && { pool: 'gpu' }),
    }))
    const { runIds } = await api.client.batches.submit(runs)
    for (const [index, id] of runIds.entries()) {
      assert.deepEqual((await finished(id)).outcome, exited)
      assert.equal(await holderOf(id), index % 2 === 0 ? gpu : plain)
    }
    const again = await other.client.runs.rerun(runIds[0] ?? '')
    assert.equal(again.pool, 'gpu')
    assert.deepEqual([(await finished(again.id)).outcome, await holderOf(again.id)], [exited, gpu])
    const moved = await other.client.runs.rerun(runIds[0] ?? '', { pool: 'default' })
    assert.deepEqual([(await finished(moved.id)).outcome, await holderOf(moved.id)], [exited, plain])
    await gpu.end('SIGTERM')
  })

  test('the run of a dead worker waits for another one of its pool', async () => {
    const gpu = await startWorker(['gpu'])
    const source = 'echo begun; read -t 4 < <(sleep 4); echo ended'
    const { id } = await api.client.runs.submit({ environment: 'bash', source, pool: 'gpu' })
    await waitFor('the program to run', async () => (await api.client.runs.stdout(id)).length > 0, deadlineMs)
    await gpu.end('SIGKILL')
    await until('the run to be back in the queue', id, ({ state }) => state === 'queued')
    // The other worker had its turn since, and was not given it.
    const next = await api.client.runs.submit(short)
    assert.deepEqual((await finished(next.id)).outcome, exited)
    assert.equal((await other.client.runs.get(id)).state, 'queued')
    await until('the dead one to be missed', id, ({ waiting }) => waiting?.reason === 'pool-unserved')
    const successor = await startWorker(['default', 'gpu'])
    const run = await finished(id)
    assert.deepEqual([run.outcome, run.attempt, await holderOf(id)], [exited, 2, successor])
    await successor.end('SIGTERM')
  })

  test('a run is taken by a worker of its architecture, and a rerun by one of the architecture that it ran on', async () => {
    const arm = await startWorker(['default'], 'arm64')
    await ready(arm)
    // The fake engine has a language of its own.
    const onArm = { environment: 'bash', source: 'print done', architecture: 'arm64' } as const
    const { id: armId } = await api.client.runs.submit(onArm)
    const armRun = await finished(armId)
    assert.deepEqual([armRun.outcome, armRun.environment.architecture], [exited, 'arm64'])
    assert.equal(await holderOf(armId), arm)

    const { id } = await api.client.runs.submit({ ...short, architecture: 'amd64' })
    const run = await finished(id)
    assert.deepEqual([run.outcome, run.environment.architecture], [exited, 'amd64'])
    await plain.end('SIGTERM')

    const again = await other.client.runs.rerun(id)
    assert.equal(again.architecture, 'amd64')
    // One that any may run came later, and is taken first: the worker of the other architecture passed the older one over.
    const { id: anyId } = await api.client.runs.submit({ environment: 'bash', source: 'print done' })
    assert.deepEqual([(await finished(anyId)).outcome, await holderOf(anyId)], [exited, arm])
    await until('it to say why', again.id, ({ waiting }) => waiting?.reason === 'architecture-unserved')

    const successor = await startWorker([])
    const repeated = await finished(again.id)
    assert.deepEqual([repeated.outcome, await holderOf(again.id)], [exited, successor])
    assert.deepEqual(repeated.environment, run.environment)
  })
})
