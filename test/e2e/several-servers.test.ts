import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { decodeBytes } from '../../sdk/src/bytes.ts'
import type { RunEvent } from '../../sdk/src/client.ts'
import { ask, TestPostgres } from '../support/postgres.ts'
import { sandboxesOf } from '../support/sandboxes.ts'
import { TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait-for.ts'

const leaseMs = 3_000
/** Far more than it needs: a lease, a look, and what a busy machine takes. */
const takeOverDeadlineMs = 60_000
const begunThenLong = 'echo begun; sleep 600; echo ended'

suite('two API servers and two workers on one database', () => {
  let postgres: TestPostgres
  let url: string
  let folder: string
  let one: TestServer
  let other: TestServer
  const workers: TestServer[] = []

  const start = (role: 'api' | 'worker') =>
    TestServer.start({
      dataDirectory: join(folder, 'unused'),
      flags: ['--role', role, '--slots', '2'],
      variables: { RUN_IT_DATABASE_URL: url, RUN_IT_LEASE_MS: String(leaseMs) },
    })
  const startWorker = async () => {
    const worker = await start('worker')
    workers.push(worker)
    return worker
  }
  /** The one that has the run now. */
  const holderOf = (id: string) =>
    waitFor('a worker to have the run', async () => {
      const [row] = await ask(url, `select worker_id from runs where id = '${id}'`)
      return workers.find(worker => String(row?.worker_id).includes(`-${worker.pid}-`))
    })
  const begun = (id: string) => waitFor('the program to run', async () => (await one.client.runs.stdout(id)).length > 0)
  const attemptsOf = async (id: string) => (await one.client.runs.get(id)).attempt

  before(async () => {
    postgres = await TestPostgres.start()
    url = await postgres.createDatabase()
    folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
    // All at once, on a database that has nothing: one of them makes the tables, and none fails.
    const [first, second] = await Promise.all([start('api'), start('api'), startWorker(), startWorker()])
    one = first
    other = second
    await waitFor('both workers to be ready', async () => {
      const states = (await other.client.workers()).map(worker => worker.state)
      return states.length === 2 && states.every(state => state === 'ready')
    })
  })
  after(async () => {
    for (const server of [one, other, ...workers]) await server?.[Symbol.asyncDispose]()
    await postgres?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  test('a run that was posted at one is followed live at the other, and every worker takes some', async () => {
    const source = 'read -t 1 < <(sleep 1); echo hello; echo 1 > made.txt'
    const ids: string[] = []
    for (let count = 0; count < 4; count += 1) {
      ids.push((await one.client.runs.submit({ environment: 'bash', source, artifacts: ['*.txt'] })).id)
    }
    const logs = await Promise.all(ids.map(id => collect(other.client.runs.events(id))))
    for (const log of logs) {
      assert.deepEqual(
        log.map(event => event.sequence),
        log.map((_, index) => index + 1),
      )
      assert.equal(log.at(-1)?.type, 'finished')
      assert.equal(textOf(log), 'hello\n')
    }
    for (const id of ids) {
      assert.equal(Buffer.from(await one.client.runs.artifact(id, 'made.txt')).toString(), '1\n')
    }
    const rows = await ask(url, 'select distinct worker_id from runs')
    assert.equal(rows.length, 2)
  })

  test('what a worker has ready is told by both servers, and a worker tells of its own health alone', async () => {
    for (const { client, url: address } of [one, other]) {
      assert.equal((await client.environments.get('bash')).ready.length, 1)
      assert.equal((await fetch(`${address}/health/ready`)).status, 200)
    }
    const [worker] = workers
    assert.equal((await fetch(`${worker?.url}/health/ready`)).status, 200)
    assert.equal((await fetch(`${worker?.url}/v1/runs`)).status, 404)
  })

  test('a run is canceled at another server than it was posted to', async () => {
    const { id } = await one.client.runs.submit({ environment: 'bash', source: begunThenLong })
    await begun(id)
    await other.client.runs.cancel(id)
    const run = await one.client.runs.wait(id)
    assert.deepEqual(run.outcome, { kind: 'canceled' })
    assert.equal(run.stages[0]?.stdout.content, 'begun\n')
  })

  test('a program is talked to through another server than it was posted to', async () => {
    const source = 'name = input("Name? ")\nprint("Hello,", name)'
    const { id } = await one.client.runs.submit({ environment: 'python', source, interactive: true })
    const terminal = await other.client.runs.terminal(id)
    let text = ''
    for await (const message of terminal) {
      if (message.type !== 'output') continue
      text += Buffer.from(decodeBytes(message)).toString()
      if (text === 'Name? ') await terminal.write('Ada\n')
    }
    assert.equal(text, 'Name? Hello, Ada\n')
  })

  test('the run of a killed worker is taken over, and ends once', async () => {
    const source = 'echo begun; read -t 4 < <(sleep 4); echo ended'
    const { id } = await one.client.runs.submit({ environment: 'bash', source })
    const log = collect(other.client.runs.events(id))
    await begun(id)
    const holder = await holderOf(id)
    await holder.end('SIGKILL')
    workers.splice(workers.indexOf(holder), 1)
    const run = await one.client.runs.wait(id, { signal: AbortSignal.timeout(takeOverDeadlineMs) })
    assert.deepEqual([run.outcome, run.attempt], [{ kind: 'exited', code: 0 }, 2])
    assert.equal(run.stages[0]?.stdout.content, 'begun\nended\n')
    const events = await log
    assert.deepEqual(
      events.map(event => event.sequence),
      events.map((_, index) => index + 1),
    )
    assert.equal(events.filter(event => event.type === 'finished').length, 1)
    await waitFor('the sandboxes to be gone', async () => (await sandboxesOf([id])).length === 0, takeOverDeadlineMs)
    await startWorker()
  })

  test('a worker that stood still for longer than its lease is refused when it wakes up, and works on', async () => {
    const { id } = await one.client.runs.submit({ environment: 'bash', source: begunThenLong })
    await begun(id)
    const sleeper = await holderOf(id)
    process.kill(sleeper.pid, 'SIGSTOP')
    try {
      await waitFor('another worker to have it', async () => (await attemptsOf(id)) === 2, takeOverDeadlineMs)
      await waitFor('its program to run', async () => (await one.client.runs.get(id)).state === 'running')
    } finally {
      process.kill(sleeper.pid, 'SIGCONT')
    }
    await waitFor('it to be told', () => sleeper.log.includes('a run was taken over by another worker'))
    assert.notEqual((await holderOf(id)).pid, sleeper.pid)
    await other.client.runs.cancel(id)
    const run = await one.client.runs.wait(id)
    assert.deepEqual([run.outcome, run.attempt], [{ kind: 'canceled' }, 2])
    assert.equal(run.stages[0]?.stdout.content, 'begun\n')
    // Both slots of each worker at once: the one that slept has work again.
    const again = await Promise.all(
      Array.from({ length: 4 }, () =>
        one.client.runs.submit({ environment: 'bash', source: 'read -t 2 < <(sleep 2); echo done' }),
      ),
    )
    const holders = await Promise.all(again.map(({ id }) => holderOf(id)))
    assert.ok(holders.includes(sleeper))
    for (const { id } of again)
      assert.deepEqual((await other.client.runs.wait(id)).outcome, { kind: 'exited', code: 0 })
  })

  test('a database that restarts loses nothing that was answered, and no running program', async () => {
    const { id } = await one.client.runs.submit({
      environment: 'bash',
      source: 'for i in 1 2 3 4 5 6 7 8; do echo $i; read -t 1 < <(sleep 1); done; exit 0',
    })
    const followed = collect(other.client.runs.events(id))
    await begun(id)
    const answered: string[] = []
    const stop = new AbortController()
    const post = async ({ url: address }: TestServer) => {
      while (!stop.signal.aborted) {
        const body = JSON.stringify({ environment: 'bash', source: 'echo hi' })
        const reply = await fetch(`${address}/v1/runs`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
          signal: AbortSignal.timeout(30_000),
        })
        if (reply.status === 202) answered.push(((await reply.json()) as { id: string }).id)
        else assert.equal(reply.status, 503, await reply.text())
      }
    }
    const posting = [post(one), post(other)]
    await waitFor('some to be taken', () => answered.length > 4)
    await postgres.stop('SIGQUIT')
    await postgres.resume()
    const before = answered.length
    await waitFor('more to be taken', () => answered.length > before + 4)
    stop.abort()
    await Promise.all(posting)
    for (const posted of answered) {
      assert.deepEqual((await one.client.runs.wait(posted)).outcome, { kind: 'exited', code: 0 })
    }
    const run = await one.client.runs.wait(id)
    assert.deepEqual([run.outcome, run.attempt], [{ kind: 'exited', code: 0 }, 1])
    const log = await followed
    assert.equal(textOf(log), '1\n2\n3\n4\n5\n6\n7\n8\n')
  })

  test('SIGTERM ends each in good order', async () => {
    for (const server of [...workers, one, other]) {
      await server.end('SIGTERM')
      assert.equal(server.exitCode, 0, server.log)
    }
    const rows = await ask(url, 'select id from workers')
    for (const { pid } of workers) assert.ok(!rows.some(({ id }) => String(id).includes(`-${pid}-`)))
  })
})

async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const log: RunEvent[] = []
  for await (const event of events) log.push(event)
  return log
}

function textOf(log: readonly RunEvent[]): string {
  const bytes = log.flatMap(event => (event.type === 'output' && event.stream === 'stdout' ? [decodeBytes(event)] : []))
  return Buffer.concat(bytes).toString()
}
