import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import Docker from 'dockerode'
import { RunItClient } from '../../sdk/src/client.ts'
import { assertSound } from '../support/assert-sound.ts'
import { PrivateEngine } from '../support/private-engine.ts'
import { waitFor } from '../support/wait-for.ts'
import { KillableServer } from './killable-server.ts'
import { Chance, isLong } from './seed.ts'
import { Word } from './word.ts'

const kills = isLong ? 25 : 2
const clientsAtOnce = 4
const upMs = { min: 0, max: 4_000 }
const downMs = { min: 0, max: 2_000 }
/** The others end it in good order. */
const killPercent = 70
const sweptWithinMs = 90_000
const deadlineMs = isLong ? 40 * 60_000 : 150_000

/** An engine whose death costs a run an attempt, more often than it has attempts, is not what is tested. */
function isHonest(outcome: { readonly kind: string; readonly code?: unknown }): boolean {
  if (outcome.kind === 'exited') return outcome.code === 0
  return outcome.kind === 'failed' && (outcome.code === 'platform-unavailable' || outcome.code === 'attempts-exhausted')
}

async function copyBash(engine: PrivateEngine, dataDirectory: string): Promise<void> {
  const server = new KillableServer(dataDirectory)
  try {
    const url = await server.url
    assert.ok(url, server.log)
    const { runs } = new RunItClient({ baseUrl: url })
    const { environment } = await runs.submit({ environment: 'bash', source: 'true' }, { wait: 60 })
    const image = await new Docker().getImage(environment.digest ?? '').inspect()
    for (const tag of image.RepoTags) await engine.copyImage(tag)
  } finally {
    await server.end('SIGTERM')
  }
}

async function killOften(engine: PrivateEngine, chance: Chance): Promise<void> {
  for (let kill = 0; kill < kills; kill += 1) {
    await pause(chance.integer(upMs.min, upMs.max))
    await engine.end(chance.happens(killPercent) ? 'SIGKILL' : 'SIGTERM')
    await pause(chance.integer(downMs.min, downMs.max))
    await engine.begin()
  }
}

async function workWhileEngineDies(context: TestContext, chance: Chance, dataDirectory: string): Promise<void> {
  await using engine = await PrivateEngine.start()
  await copyBash(engine, dataDirectory)
  const server = new KillableServer(dataDirectory, ['--docker-host', engine.host, '--slots', '2'])
  try {
    const url = await server.url
    assert.ok(url, server.log)
    const client = new RunItClient({ baseUrl: url })
    const word = new Word(number => `sleep 0.${number % 8}; echo ${number}`)
    const over = new AbortController()
    const signal = AbortSignal.timeout(deadlineMs)
    const work = async () => {
      while (!over.signal.aborted) await word.use(client, signal)
    }
    const flow = Promise.all(Array.from({ length: clientsAtOnce }, work))
    flow.catch(() => {})
    try {
      await killOften(engine, chance)
    } finally {
      over.abort()
      await flow
    }
    await word.assertKept(url, isHonest)
    const exited = word.runs.filter(({ outcome }) => outcome?.includes('exited')).length
    context.diagnostic(`${kills} deaths of the engine; ${word.runs.length} runs, ${exited} with their own result`)
    assert.ok(exited > kills, 'nothing flowed: the test does not test')
    await waitFor(
      'all sandboxes to be gone, but for living ones that wait for a run',
      async () => {
        const all = await engine.client.listContainers({ all: true })
        return all.every(({ Names, State }) => Names[0]?.startsWith('/run-it-warm-') && State === 'running')
      },
      sweptWithinMs,
    )
  } finally {
    await server.end('SIGTERM')
  }
  assert.equal(server.exitCode, 0, server.log)
  assertSound(dataDirectory)
}

test('an engine that dies and comes back at any moment costs no run that was acknowledged, and leaves no sandbox', {
  timeout: isLong ? 60 * 60_000 : 170_000,
}, async context => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'run-it-fault-'))
  context.after(() => rm(dataDirectory, { recursive: true, force: true }))
  const chance = new Chance(context)
  await chance.guard(() => workWhileEngineDies(context, chance, dataDirectory))
})
