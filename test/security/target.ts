import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, afterEach, before } from 'node:test'
import type { Limits, Run, RunSubmission } from '../../sdk/src/types.ts'
import { sandboxesOf } from '../support/sandboxes.ts'
import { TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait-for.ts'

/** Getting an image for the first time takes longer than any attack. */
const runDeadlineMs = 5 * 60_000
const gentleLimits: Partial<Limits> = { wallTimeMs: 20_000, cpuTimeMs: 20_000 }

/**
 * The server that a file's attacks go to, through HTTP. After each test it must be unharmed: nothing was lost or executed twice,
 * nothing of an attack is left on the engine, and an ordinary run is what it always is.
 */
export class Target {
  #server: TestServer | undefined
  readonly #attacks: string[] = []

  get server(): TestServer {
    if (this.#server === undefined) throw new Error('the server has not started')
    return this.#server
  }

  async start(): Promise<void> {
    this.#server = await TestServer.start({ flags: ['--slots', '2'] })
  }

  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]()
  }

  /** Submits without waiting. */
  async launch(submission: RunSubmission): Promise<string> {
    const { id } = await this.server.client.runs.submit({
      ...submission,
      limits: { ...gentleLimits, ...submission.limits },
    })
    this.#attacks.push(id)
    return id
  }

  /** The finished run, whatever became of it; that it failed would be our failure. */
  async finished(id: string): Promise<Run> {
    const run = await this.server.client.runs.wait(id, { signal: AbortSignal.timeout(runDeadlineMs) })
    assert.notEqual(run.outcome?.kind, 'failed', JSON.stringify(run.outcome))
    assert.equal(run.attempt, 1, 'it was executed again')
    return run
  }

  async run(submission: RunSubmission): Promise<Run> {
    return await this.finished(await this.launch(submission))
  }

  bash(source: string, more: Partial<RunSubmission> = {}): Promise<Run> {
    return this.run({ environment: 'bash', source, ...more })
  }

  python(source: string, more: Partial<RunSubmission> = {}): Promise<Run> {
    return this.run({ environment: 'python', source, ...more })
  }

  /** A program of the folder `programs`. */
  c(name: string, more: Partial<RunSubmission> = {}): Promise<Run> {
    const source = readFileSync(new URL(`programs/${name}.c`, import.meta.url), 'utf8')
    return this.run({ environment: 'c', source, ...more })
  }

  /** Waits until the run has printed `text`. */
  async hasPrinted(id: string, text: string): Promise<void> {
    await waitFor(`${id} to print ${text}`, async () => {
      const bytes = await this.server.client.runs.stdout(id)
      return Buffer.from(bytes).includes(text)
    })
  }

  async assertUnharmed(): Promise<void> {
    const { server } = this
    const hello = await server.client.runs.submit({ environment: 'bash', source: 'echo hello; exit 3' })
    const finished = await server.client.runs.wait(hello.id, { signal: AbortSignal.timeout(runDeadlineMs) })
    assert.deepEqual(finished.outcome, { kind: 'exited', code: 3 })
    assert.equal(finished.attempt, 1)
    assert.equal(stdoutOf(finished), 'hello\n')
    assert.equal(server.exitCode, undefined, server.log)
    assert.doesNotMatch(server.log, /"level":(50|60)/)
    const ids = [...this.#attacks, hello.id]
    await waitFor('the sandboxes to be gone', async () => (await sandboxesOf(ids)).length === 0)
  }
}

/** To be called inside a suite. */
export function attackedServer(): Target {
  const target = new Target()
  before(() => target.start())
  afterEach(() => target.assertUnharmed())
  after(() => target.stop())
  return target
}

export function stdoutOf(run: Run): string {
  return run.stages.at(-1)?.stdout.content ?? ''
}

/** Lines such as `mount EPERM`, as the programs here report. */
export function answersOf(run: Run): Record<string, string> {
  const lines = stdoutOf(run).trimEnd().split('\n')
  return Object.fromEntries(
    lines.map(line => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const),
  )
}

export function assertExited(run: Run, code = 0): void {
  assert.deepEqual(run.outcome, { kind: 'exited', code }, JSON.stringify(run.stages))
}

export function assertTimedOut(run: Run, limitMs: number): void {
  assert.deepEqual(run.outcome, { kind: 'timed-out', clock: 'wall', limitMs }, JSON.stringify(run.stages))
}
