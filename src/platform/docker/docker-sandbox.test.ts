import assert from 'node:assert/strict'
import { duplexPair } from 'node:stream'
import { type TestContext, test } from 'node:test'
import Docker from 'dockerode'
import { empty, FakeEngine, json } from '../../../test/support/fake-engine.ts'
import { FakeInit } from '../../../test/support/fake-init.ts'
import { waitFor } from '../../../test/support/wait-for.ts'
import { defaultLimits, type Limits } from '../../run/limits.ts'
import type { StageExit, StageRequest } from '../platform.ts'
import { PlatformError } from '../platform-error.ts'
import { DockerSandbox } from './docker-sandbox.ts'
import { DockerEngine } from './engine.ts'
import { InitChannel } from './init-channel.ts'

const never = new AbortController().signal
const sink = { write: () => {} }
const stageFrame = 0x10
const killFrame = 0x14

interface House {
  readonly engine: FakeEngine
  readonly init: FakeInit
  readonly sandbox: DockerSandbox
}

async function open(context: TestContext): Promise<House> {
  const engine = await FakeEngine.start()
  engine.on(/^DELETE /, empty(204))
  const [near, far] = duplexPair()
  const init = new FakeInit(far)
  const socketPath = engine.host.slice('unix://'.length)
  const sandbox = new DockerSandbox({
    engine: new DockerEngine(engine.host),
    container: new Docker({ socketPath }).getContainer('box'),
    channel: new InitChannel(near),
    limits: defaultLimits,
    warm: false,
    onDisposed: () => {},
  })
  context.after(async () => {
    await sandbox[Symbol.asyncDispose]()
    far.destroy()
    await engine.close()
  })
  return { engine, init, sandbox }
}

function stage(limits: Partial<Limits> = {}): StageRequest {
  return { name: 'run', argv: ['true'], env: {}, stdin: new Uint8Array(), limits: { ...defaultLimits, ...limits } }
}

/** Fails instead of hanging. */
function soon<Result>(what: string, work: Promise<Result>): Promise<Result> {
  let result: { readonly settled: PromiseSettledResult<Result> } | undefined
  void Promise.allSettled([work]).then(([settled]) => {
    result = { settled }
  })
  return waitFor(what, () => result, 20_000).then(() => work)
}

test('a cancel while the limits are changed ends the stage before it begins', async context => {
  const { engine, init, sandbox } = await open(context)
  const cancel = new AbortController()
  engine.on(/update$/, () => cancel.abort('canceled'))
  init.onFrame = type => type === stageFrame && init.exit('exited')
  const exit = await soon('the end of the stage', sandbox.exec(stage({ processes: 7 }), sink, cancel.signal))
  assert.deepEqual(exit.outcome, { kind: 'canceled' })
  assert.deepEqual(init.received, [])
})

test('a stage that only the outer clock ended is one that timed out', async context => {
  const { init, sandbox } = await open(context)
  init.onFrame = type => type === killFrame && init.exit('killed')
  const exit = await soon('the end of the stage', sandbox.exec(stage({ wallTimeMs: 1 }), sink, never))
  assert.deepEqual(exit.outcome, { kind: 'timed-out', clock: 'wall', limitMs: 1 })
})

test('writing into a sandbox that takes nothing ends when it is aborted', async context => {
  const { init, sandbox } = await open(context)
  init.line.pause()
  const cancel = new AbortController()
  const content = 'x'.repeat(4_000_000)
  const writing = sandbox.write([{ path: 'large', content, encoding: 'utf8' }], cancel.signal)
  writing.catch(() => {})
  await waitFor('the write to be stuck', () => init.line.readableLength > 1_000_000)
  cancel.abort('canceled')
  await assert.rejects(soon('the end of the write', writing), error => error === 'canceled')
})

test('a container that was removed before a stage is a lost sandbox', async context => {
  const { engine, sandbox } = await open(context)
  engine.on(/update$/, json(404, { message: 'there is no such container' }))
  const exec = sandbox.exec(stage({ processes: 7 }), sink, never)
  await assert.rejects(
    soon('the failure', exec),
    error => error instanceof PlatformError && error.code === 'sandbox-lost',
  )
})

test('whether memory ran out is asked after the container has ended', async context => {
  const { engine, init, sandbox } = await open(context)
  let hasEnded = false
  engine.on(/wait$/, (response, request) => {
    hasEnded = true
    json(200, { StatusCode: 137 })(response, request)
  })
  engine.on(/json$/, (response, request) =>
    json(200, { State: { Running: !hasEnded, OOMKilled: hasEnded } })(response, request),
  )
  init.onFrame = () => init.line.destroy()
  const exit = await soon('the end of the stage', sandbox.exec(stage(), sink, never))
  assert.equal(exit.outcome.kind, 'out-of-memory')
})

test('output that came before the line broke is passed on', async context => {
  const { engine, init, sandbox } = await open(context)
  engine.on(/wait$/, json(200, { StatusCode: 137 }))
  engine.on(/json$/, json(200, { State: { Running: false, OOMKilled: false } }))
  let printed = ''
  init.onFrame = () => {
    init.stdout('last words')
    init.line.end()
  }
  const exec = sandbox.exec(stage(), { write: (_, chunk) => (printed += Buffer.from(chunk).toString()) }, never)
  await assert.rejects(
    soon('the failure', exec),
    error => error instanceof PlatformError && error.code === 'sandbox-lost',
  )
  assert.equal(printed, 'last words')
})

test('all of a large stdin arrives, within the window, and its end once', async context => {
  const { init, sandbox } = await open(context)
  const stdin = new Uint8Array(300_000).fill(7)
  let [taken, outstanding, worst, ends] = [0, 0, 0, 0]
  init.onFrame = (type, payload) => {
    if (type === 0x12) {
      ends += 1
      init.exit('exited')
    }
    if (type !== 0x11) return
    taken += payload.length
    outstanding += payload.length
    worst = Math.max(worst, outstanding)
    // In small pieces, as a program that reads slowly makes it.
    for (let rest = payload.length; rest > 0; rest -= 4096) init.stdinTaken(Math.min(rest, 4096))
    outstanding -= payload.length
  }
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  context.after(() => process.off('warning', onWarning))
  const exit: StageExit = await soon('the end of the stage', sandbox.exec({ ...stage(), stdin }, sink, never))
  assert.deepEqual(exit.outcome, { kind: 'exited', code: 0 })
  assert.equal(taken, stdin.length)
  assert.ok(worst <= 65_536)
  assert.equal(ends, 1)
  assert.deepEqual(warnings, [])
})

test('a file that init could not write is named', async context => {
  const { init, sandbox } = await open(context)
  init.onFrame = type => {
    if (type === 0x01) init.fileError('large.txt', 28)
    if (type === stageFrame) init.exit('not-started', 28)
  }
  await sandbox.write([{ path: 'large.txt', content: 'x', encoding: 'utf8' }], never)
  await assert.rejects(soon('the failure', sandbox.exec(stage(), sink, never)), /large\.txt: ENOSPC/)
})
