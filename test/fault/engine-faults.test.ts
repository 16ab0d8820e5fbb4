import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { RunItClient } from '../../sdk/src/client.ts'
import { waitFor } from '../support/wait-for.ts'
import { EngineProxy, type Fault } from './engine-proxy.ts'
import { KillableServer } from './killable-server.ts'
import { sandboxesLeft } from './sandboxes-left.ts'
import { Chance, isLong } from './seed.ts'
import { Word } from './word.ts'

const runs = isLong ? 120 : 10
/** Of all calls. A run makes ten or so, and the worker asks every other second whether the engine is there. */
const faultPercent = 12
/** Without them it would not be a test. */
const leastFaults = isLong ? 100 : 8
/** The sweeper looks every 30 seconds; what it could not remove it tries once more. */
const sweptWithinMs = 75_000
const kinds = ['error', 'cut', 'lose', 'slow', 'stall'] as const

/** Half a minute is what a call may take that gets no answer, or half of one: too long for the short form. */
function isQuick(call: string, fault: Fault): boolean {
  return fault !== 'stall' && (fault !== 'cut' || call.endsWith('/attach'))
}

/** What an installation on a bad engine may say of a run in the end; never a wrong result. */
function isHonest(outcome: { readonly kind: string; readonly code?: unknown }): boolean {
  if (outcome.kind === 'exited') return outcome.code === 0
  return outcome.kind === 'failed' && (outcome.code === 'platform-unavailable' || outcome.code === 'attempts-exhausted')
}

interface House {
  readonly proxy: EngineProxy
  readonly url: string
  readonly dataDirectory: string
  readonly server: KillableServer
}

async function startHouse(context: TestContext, flags: readonly string[] = []): Promise<House> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'run-it-fault-'))
  const proxy = await EngineProxy.start()
  const server = new KillableServer(dataDirectory, ['--docker-host', proxy.host, '--slots', '2', ...flags])
  context.after(async () => {
    proxy.release()
    await server.end('SIGTERM')
    await proxy[Symbol.asyncDispose]()
    await rm(dataDirectory, { recursive: true, force: true })
  })
  const url = await server.url
  assert.ok(url, server.log)
  // The volume and the list of images are there, and what follows is about runs.
  const { runs } = new RunItClient({ baseUrl: url })
  const first = await runs.submit({ environment: 'bash', source: 'true' }, { wait: 60 })
  assert.deepEqual(first.outcome, { kind: 'exited', code: 0 })
  return { proxy, url, dataDirectory, server }
}

/** Nothing is left after the sweep of a server that lives, or, which takes less than to wait for that, of the next one. */
async function assertSwept({ server, dataDirectory }: House): Promise<void> {
  if (isLong) {
    await waitFor(
      'all sandboxes to be gone, but for living ones that wait for a run',
      async () => (await sandboxesLeft([server.pid])).every(name => /^\/run-it-warm-\S+ running$/.test(name)),
      sweptWithinMs,
    )
  }
  await server.end('SIGTERM')
  assert.equal(server.exitCode, 0, server.log)
  const next = new KillableServer(dataDirectory)
  try {
    assert.ok(await next.url, next.log)
    await waitFor(
      'all sandboxes to be gone',
      async () => (await sandboxesLeft([server.pid])).length === 0,
      sweptWithinMs,
    )
  } finally {
    await next.end('SIGTERM')
  }
}

test('every run ends once on an engine whose calls go wrong by chance, and no sandbox is left', {
  timeout: isLong ? 60 * 60_000 : 170_000,
}, async context => {
  const chance = new Chance(context)
  await chance.guard(async () => {
    const house = await startHouse(context)
    const { proxy, url } = house
    proxy.decide = call => {
      if (!chance.happens(faultPercent)) return undefined
      const fault = chance.oneOf(kinds)
      return isLong || isQuick(call, fault) ? fault : 'lose'
    }
    const word = new Word()
    for (let posted = 0; posted < runs; posted++) assert.ok(await word.post(url))
    await waitFor(
      'the runs to meet enough faults',
      async () => {
        await word.look(url)
        const ended = word.runs.filter(({ outcome }) => outcome !== undefined).length
        if (ended < word.runs.length * 0.8) return false
        if (proxy.faults.length >= leastFaults) return true
        assert.ok(await word.post(url))
        return false
      },
      isLong ? 40 * 60_000 : 90_000,
    )
    proxy.release()
    await word.assertKept(url, isHonest)
    const told = Object.entries(Object.groupBy(proxy.faults, ({ fault }) => fault))
    context.diagnostic(told.map(([fault, all]) => `${fault}: ${all?.length}`).join(', '))
    const exited = word.runs.filter(({ outcome }) => outcome?.includes('exited')).length
    assert.ok(exited > 0)
    await assertSwept(house)
  })
})

test('a sandbox whose making was not answered is removed, and the run has another one', {
  timeout: 120_000,
}, async context => {
  const house = await startHouse(context, ['--warm-memory-bytes', '0'])
  const { proxy, url } = house
  let lost = 0
  proxy.decide = call => (call === 'POST /containers/create' && lost++ < 2 ? 'lose' : undefined)
  const word = new Word()
  assert.ok(await word.post(url))
  await word.assertKept(url, outcome => outcome.kind === 'exited')
  assert.equal(proxy.faults.length, 2)
  await assertSwept(house)
})

test('a line that breaks in the middle of a program ends no run, and its container does not outlive it', {
  timeout: 120_000,
}, async context => {
  const house = await startHouse(context, ['--warm-memory-bytes', '0'])
  const { proxy, url } = house
  let attached = 0
  proxy.decide = call => (call === 'POST /containers/ID/attach' && attached++ === 0 ? 'cut' : undefined)
  const word = new Word(number => `head -c 100 /dev/zero >&2; sleep 0.2; echo ${number}`)
  assert.ok(await word.post(url))
  await word.assertKept(url, outcome => outcome.kind === 'exited')
  assert.equal(proxy.faults.length, 1)
  const run = await new RunItClient({ baseUrl: url }).runs.get(word.runs[0]?.id ?? '')
  assert.ok(run.attempt > 1)
  await assertSwept(house)
})

test('an engine that stalls is noticed, and what waits goes on when it answers again', {
  timeout: 120_000,
}, async context => {
  const house = await startHouse(context, ['--warm-memory-bytes', '0'])
  const { proxy, url } = house
  proxy.decide = () => 'stall'
  const ready = async () => (await fetch(`${url}/health/ready`)).status
  await waitFor('the truth', async () => (await ready()) === 503)
  const word = new Word()
  assert.ok(await word.post(url))
  assert.equal((await fetch(`${url}/health/live`)).status, 200)
  proxy.release()
  await waitFor('readiness', async () => (await ready()) === 200)
  await word.assertKept(url, outcome => outcome.kind === 'exited')
  await assertSwept(house)
})
