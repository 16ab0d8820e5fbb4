import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, afterEach, before, suite, test } from 'node:test'
import { RunItClient } from '../../sdk/src/client.ts'
import type { Run } from '../../sdk/src/types.ts'
import { ComposeProject } from '../../test/support/compose-project.ts'
import { deploymentId, docker } from '../../test/support/product-image.ts'
import { waitFor } from '../../test/support/wait-for.ts'

const servers = ['api-1', 'api-2']
const workers = ['worker-1', 'worker-2']
/** Enough that processes are ended while many of them wait, and some run. */
const flowing = 60

let project: ComposeProject
let key = ''
/** Of workers' containers, by which sandboxes tell whose they are. */
const hosts = new Set<string>()

const client = () => new RunItClient({ baseUrl: `http://127.0.0.1:${project.port}`, key })

suite('compose.yaml', () => {
  before(
    async () => {
      project = await ComposeProject.create({ name: `run-it-test-${deploymentId}`, port: await freePort() })
      await project.compose('build')
    },
    { timeout: 1_000_000 },
  )
  after(async () => await project?.[Symbol.asyncDispose](), { timeout: 180_000 })
  afterEach(async context => {
    // What was wrong in there goes with it.
    if ('passed' in context && !context.passed) console.error(await project.compose('logs', '--no-color', '--tail=40'))
  })

  test('starts as the page on deployment says: a key, then all of it', async () => {
    key = await project.compose('run', '--rm', '-T', 'keys', 'create', 'ops', '--scope', 'admin')
    await project.compose('up', '-d')
    const ready = () =>
      client()
        .workers()
        .catch(() => [])
    await waitFor(
      'both workers',
      async () => (await ready()).filter(({ state }) => state === 'ready').length === 2,
      90_000,
    )
    for (const worker of workers) hosts.add((await project.containerOf(worker)).slice(0, 12))
    const isHealthy = async (service: string) =>
      (await docker('inspect', '--format={{.State.Health.Status}}', await project.containerOf(service))) === 'healthy'
    for (const service of [...servers, ...workers, 'postgres'])
      await waitFor(`${service} to be healthy`, () => isHealthy(service), 90_000)
    const open = await fetch(`http://127.0.0.1:${project.port}/v1/runs`)
    assert.equal(open.status, 401)
  })

  test('both servers answer and both workers take runs', async () => {
    const runs = await Promise.all(Array.from({ length: 24 }, (_, index) => submit(index)))
    await Promise.all(runs.map(assertFinished))
    for (const service of servers) assert.ok((await postsOf(service)) > 0, `${service} was asked for nothing`)
    for (const service of workers) assert.ok((await finishedOf(service)) > 0, `${service} took no run`)
  })

  test('events and terminals pass the proxy live', async () => {
    const source = 'echo ready; read -r line; echo "got $line"'
    const { runs } = client()
    const { id } = await runs.submit({ environment: 'bash', source, interactive: true })
    let terminal: Awaited<ReturnType<typeof runs.terminal>> | undefined
    const seen: string[] = []
    for await (const event of runs.events(id)) {
      if (event.type === 'output') seen.push(event.content)
      // The program waits for this, so what it wrote before was not kept back until its end.
      if (event.type === 'output' && terminal === undefined) {
        terminal = await runs.terminal(id)
        await terminal.write('word\n')
      }
    }
    terminal?.close()
    assert.equal(seen.join(''), 'ready\ngot word\n')
  })

  test('nothing is lost, and nobody sees an error, when a server and a worker die while runs flow', async () => {
    const before = { server: await startOf('api-1'), worker: await startOf('worker-1') }
    const posted: Promise<Run>[] = []
    for (let index = 0; index < flowing; index++) {
      posted.push(submit(index))
      if (index === flowing / 3) await Promise.all([project.crash('api-1'), project.crash('worker-1')])
      // One after the other, so that they meet servers that die, are dead, and are back.
      if (index % 4 === 3) await Promise.all(posted.slice(-4))
    }
    await Promise.all((await Promise.all(posted)).map(assertFinished))
    await waitFor('the dead to be started again', async () => {
      const now = { server: await startOf('api-1'), worker: await startOf('worker-1') }
      return now.server !== before.server && now.worker !== before.worker
    })
    await waitFor(
      'both workers',
      async () => (await client().workers()).filter(({ state }) => state === 'ready').length >= 2,
    )
  })

  test('a server that stops is not asked', async () => {
    await project.compose('stop', 'api-2')
    for (let index = 0; index < 20; index++) {
      const answer = await fetch(`http://127.0.0.1:${project.port}/v1/runs?limit=1`, {
        headers: { authorization: `Bearer ${key}` },
      })
      assert.equal(answer.status, 200, `request ${index}: ${await answer.text()}`)
    }
  })

  test('leaves nothing behind', async () => {
    await project.down()
    assert.deepEqual(await project.leftovers(), [])
    const sandboxes = await docker('ps', '--all', '--filter=label=run-it.worker', '--format={{.Label "run-it.worker"}}')
    const left = sandboxes.split('\n').filter(worker => hosts.has(worker.slice(0, 12)))
    assert.deepEqual(left, [])
  })
})

async function submit(index: number): Promise<Run> {
  const source = `sleep 0.2; echo ${index}`
  return await client().runs.submit({ environment: 'bash', source, labels: { index: String(index) } })
}

async function assertFinished({ id, labels }: Run): Promise<void> {
  const run = await waitFor(
    `run ${id}`,
    async () => {
      const now = await client().runs.get(id, { wait: 10 })
      return now.state === 'finished' && now
    },
    120_000,
  )
  assert.deepEqual(run.outcome, { kind: 'exited', code: 0 }, JSON.stringify(run))
  assert.equal(run.stages[0]?.stdout.content, `${labels.index}\n`)
}

/** Requests for a run that one server answered. */
async function postsOf(service: string): Promise<number> {
  return await sumOf(service, /^run_it_http_requests_total\{.*method="POST".*route="\/v1\/runs".*\} (\d+)/gm)
}

async function finishedOf(service: string): Promise<number> {
  return await sumOf(service, /^run_it_runs_finished_total\{.*\} (\d+)/gm)
}

/** Of a process's own metrics, which no proxy shows. */
async function sumOf(service: string, pattern: RegExp): Promise<number> {
  const script = `fetch('http://127.0.0.1:8080/metrics', { headers: { authorization: 'Bearer ${key}' } }).then(async answer => process.stdout.write(await answer.text()))`
  const container = await project.containerOf(service)
  const metrics = await docker('exec', container, '/opt/run-it/node_modules/.bin/run-it-node', '--eval', script)
  return [...metrics.matchAll(pattern)].reduce((sum, [, count]) => sum + Number(count), 0)
}

async function startOf(service: string): Promise<string> {
  return await docker('inspect', '--format={{.State.StartedAt}}', await project.containerOf(service))
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
