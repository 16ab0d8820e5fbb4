import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunFile } from '../../run/file.ts'
import { defaultLimits } from '../../run/limits.ts'
import type { Sandbox, StageExit, StageRequest } from '../platform.ts'
import { PlatformError } from '../platform-error.ts'
import { UnprovenSandbox } from './unproven-sandbox.ts'

const never = new AbortController().signal
const stage: StageRequest = { name: 'run', argv: ['true'], env: {}, stdin: new Uint8Array(), limits: defaultLimits }
const fileOf = (path: string): RunFile => ({ path, content: '', encoding: 'utf8' })
const exited: StageExit = {
  outcome: { kind: 'exited', code: 0 },
  usage: { wallTimeMs: 1 },
  limitsHit: [],
  stdoutTruncated: false,
  stderrTruncated: false,
}

/** Says what was done with it, in order. One that is dead takes everything and answers nothing. */
class ToldSandbox implements Sandbox {
  readonly warm: boolean
  readonly prebooted = false
  readonly told: string[] = []
  /** What its stage says, and when it is over. */
  stage: (write: (text: string) => void) => Promise<StageExit> = async write => {
    write('hi')
    return exited
  }

  constructor(warm: boolean) {
    this.warm = warm
  }

  async write(files: readonly { readonly path: string }[]): Promise<void> {
    this.told.push(`write ${files.map(file => file.path).join(' ')}`)
  }

  async exec(_stage: StageRequest, output: { write(stream: 'stdout', chunk: Uint8Array): void }): Promise<StageExit> {
    this.told.push('exec')
    return await this.stage(text => output.write('stdout', Buffer.from(text)))
  }

  async snapshot(): Promise<void> {
    this.told.push('snapshot')
  }

  async restore(): Promise<void> {
    this.told.push('restore')
  }

  async collect() {
    this.told.push('collect')
    return { files: [], omitted: [] }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.told.push('dispose')
  }
}

function house() {
  const first = new ToldSandbox(true)
  const second = new ToldSandbox(false)
  const answer = Promise.withResolvers<boolean>()
  let asked = 0
  let opened = 0
  const sandbox = new UnprovenSandbox(first, {
    answers: () => {
      asked += 1
      first.told.push('ask')
      return answer.promise
    },
    openAgain: async () => {
      opened += 1
      assert.ok(first.told.includes('dispose'), 'the first one is still there')
      return second
    },
  })
  let heard = ''
  const output = {
    write: (_stream: string, chunk: Uint8Array) => {
      heard += Buffer.from(chunk)
    },
  }
  return { first, second, answer, sandbox, output, counts: () => ({ asked, opened }), heard: () => heard }
}

test('one that lives is asked before the first that it is given, and never waited for', async () => {
  const { first, second, answer, sandbox, output, counts, heard } = house()
  await sandbox.write([fileOf('a')], never)
  assert.equal((await sandbox.exec(stage, output, never)).outcome.kind, 'exited')
  answer.resolve(true)
  await sandbox.collect({ patterns: [], sent: [], maxFiles: 1, maxBytes: 1 }, never)
  await sandbox.exec(stage, output, never)
  await sandbox[Symbol.asyncDispose]()
  assert.deepEqual(first.told, ['ask', 'write a', 'exec', 'collect', 'exec', 'dispose'])
  assert.deepEqual(second.told, [])
  assert.deepEqual(counts(), { asked: 1, opened: 0 })
  assert.equal(heard(), 'hihi')
})

test('in the place of one that is dead another is given the same, and the first is gone before', async () => {
  const { first, second, answer, sandbox, output, counts, heard } = house()
  const dead = Promise.withResolvers<StageExit>()
  let late: (text: string) => void = () => {}
  first.stage = write => {
    late = write
    return dead.promise
  }
  await sandbox.write([fileOf('a'), fileOf('b')], never)
  await sandbox.write([fileOf('c')], never)
  assert.equal(sandbox.warm, true)
  second.stage = async write => {
    late('a word of the dead')
    write('hi')
    return exited
  }
  const exit = sandbox.exec(stage, output, never)
  answer.resolve(false)
  assert.deepEqual(await exit, exited)
  // Nobody is left to hear that it ended.
  dead.reject(new PlatformError('sandbox-lost', 'it ended'))
  await sandbox.exec(stage, output, never)
  await sandbox[Symbol.asyncDispose]()
  assert.equal(sandbox.warm, false)
  assert.deepEqual(first.told, ['ask', 'write a b', 'write c', 'exec', 'dispose'])
  assert.deepEqual(second.told, ['write a b c', 'exec', 'exec', 'dispose'])
  assert.deepEqual(counts(), { asked: 1, opened: 1 })
  assert.equal(heard(), 'hihi')
})

test('one that is known to be dead while it takes files is replaced then, and the next gets each file once', async () => {
  const { first, second, answer, sandbox, output } = house()
  first.write = () => new Promise(() => {})
  const written = sandbox.write([fileOf('a')], never)
  answer.resolve(false)
  await written
  await sandbox.write([fileOf('b')], never)
  await sandbox.exec(stage, output, never)
  assert.deepEqual(second.told, ['write a', 'write b', 'exec'])
})

test('what needs a living one waits for the answer', async () => {
  const { first, second, answer, sandbox } = house()
  await sandbox.write([fileOf('a')], never)
  const kept = sandbox.snapshot(never)
  answer.resolve(false)
  await kept
  assert.ok(!first.told.includes('snapshot'))
  assert.deepEqual(second.told, ['write a', 'snapshot'])
})

test('where no other one is to be had that is told, and nothing is left behind', async () => {
  const first = new ToldSandbox(true)
  first.stage = () => new Promise(() => {})
  const sandbox = new UnprovenSandbox(first, {
    answers: async () => false,
    openAgain: async () => {
      throw new PlatformError('unavailable', 'the engine is away')
    },
  })
  const exit = sandbox.exec(stage, { write: () => {} }, never)
  await assert.rejects(exit, { message: 'the engine is away', isBeforeExecution: true })
  await sandbox[Symbol.asyncDispose]()
  assert.equal(first.told.at(-1), 'dispose')
})

test('one that is dead fails before it is known that it is, and is replaced all the same', async () => {
  const { first, second, answer, sandbox, output } = house()
  first.stage = async () => {
    throw new PlatformError('sandbox-lost', 'there is no such container')
  }
  const exit = sandbox.exec(stage, output, never)
  setImmediate(() => answer.resolve(false))
  assert.deepEqual(await exit, exited)
  assert.deepEqual(second.told, ['exec'])
})

test('what one that lives fails at is told', async () => {
  const { first, second, answer, sandbox, output } = house()
  first.stage = async () => {
    throw new PlatformError('sandbox-lost', 'it ended in the middle')
  }
  answer.resolve(true)
  await assert.rejects(sandbox.exec(stage, output, never), /in the middle/)
  assert.deepEqual(second.told, [])
})

test('nothing takes the place of one that nobody wants any more', async () => {
  const { first, second, answer, sandbox, output, counts } = house()
  first.stage = () => new Promise(() => {})
  const cancel = new AbortController()
  const canceled = sandbox.exec(stage, output, cancel.signal)
  cancel.abort()
  answer.resolve(false)
  assert.equal((await canceled).outcome.kind, 'canceled')
  const exit = sandbox.exec(stage, output, never)
  await sandbox[Symbol.asyncDispose]()
  await assert.rejects(exit, /disposed/)
  assert.deepEqual(counts(), { asked: 1, opened: 0 })
  assert.deepEqual(second.told, [])
})
