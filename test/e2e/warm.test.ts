import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import Docker from 'dockerode'
import { warmSandboxesOf } from '../support/sandboxes.ts'
import { TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait-for.ts'

const flags = ['--warm', 'bash=2', '--slots', '2', '--no-pull']
const deadlineMs = 60_000

/** So many, or more: what is used often gets more than what is pinned. */
async function warmAre({ pid }: { readonly pid: number }, count: number): Promise<readonly Docker.ContainerInfo[]> {
  return await waitFor(
    `${count} warm sandboxes`,
    async () => {
      const found = (await warmSandboxesOf(pid)).filter(({ Names }) => Names[0]?.startsWith('/run-it-warm-'))
      return found.length >= count && found.every(({ State }) => State === 'running') ? found : undefined
    },
    deadlineMs,
  )
}

async function hello(server: TestServer, parts: object = {}) {
  const source = 'echo hello; ls -A; cat kept 2>/dev/null; echo kept > kept; echo kept > /tmp/kept'
  const { id } = await server.client.runs.submit({ environment: 'bash', source, ...parts })
  const finished = await server.client.runs.wait(id, { signal: AbortSignal.timeout(deadlineMs) })
  assert.deepEqual(finished.outcome, { kind: 'exited', code: 0 }, JSON.stringify(finished))
  assert.equal(finished.attempt, 1)
  assert.equal(finished.stages[0]?.stdout.content, 'hello\n.out\nmain.sh\n')
}

/** Of each finished run in the server's log, whether it started warm. */
function warmRuns(server: TestServer): readonly boolean[] {
  return [...server.log.matchAll(/"warm":(true|false)/g)].map(([, warm]) => warm === 'true')
}

suite('warm sandboxes', () => {
  test('serve one run each, whatever its limits, and are replaced when they die', async () => {
    await using server = await TestServer.start({ flags })
    const [first] = await warmAre(server, 2)
    assert.ok(first)
    await hello(server)
    await warmAre(server, 2)
    await hello(server, { limits: { memoryBytes: 64 * 1024 * 1024, processes: 20, openFiles: 100 } })
    await hello(server, { limits: { diskBytes: 8 * 1024 * 1024 } })
    await waitFor('the lines in the log', () => warmRuns(server).length === 3)
    assert.deepEqual(warmRuns(server), [true, true, false])
    for (const { Id } of await warmAre(server, 2)) await new Docker().getContainer(Id).kill()
    await hello(server)
    await warmAre(server, 2)
    await Promise.all([1, 2, 3, 4].map(() => hello(server)))
  })

  test('are gone when the server stops, and nothing else is left', async () => {
    const server = await TestServer.start({ flags })
    await warmAre(server, 2)
    await hello(server)
    await server.end('SIGTERM')
    assert.equal(server.exitCode, 0, server.log)
    assert.deepEqual(await warmSandboxesOf(server.pid), [])
  })

  test('of a server that was killed end by themselves, and are removed by the next', async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'run-it-test-'))
    try {
      const dead = await TestServer.start({ flags, dataDirectory })
      await warmAre(dead, 2)
      await dead.end('SIGKILL')
      const left = async () => await warmSandboxesOf(dead.pid)
      await waitFor('init to end', async () => (await left()).every(({ State }) => State === 'exited'), deadlineMs)
      await using _next = await TestServer.start({ flags, dataDirectory })
      await waitFor('them to be gone', async () => (await left()).length === 0, deadlineMs)
    } finally {
      await rm(dataDirectory, { recursive: true, force: true })
    }
  })
})
