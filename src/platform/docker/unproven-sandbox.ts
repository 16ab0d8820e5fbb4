import type { RunFile } from '../../run/file.ts'
import type { Collected, CollectRequest, OutputSink, Sandbox, StageExit, StageRequest } from '../platform.ts'
import { PlatformError } from '../platform-error.ts'
import { canceledBeforeStart } from './docker-sandbox.ts'

export interface SandboxProof {
  /** Whether it lives. Asked once, right before the first thing that it is given. */
  readonly answers: () => Promise<boolean>
  /** Another one like it. */
  readonly openAgain: (signal: AbortSignal) => Promise<Sandbox>
}

/**
 * A sandbox that was made ahead, and may have died since without anybody being told. To ask it first would hold up every run by the way
 * there and back: it is asked in the same breath as it is given its files and its first stage. Where no answer comes another one takes
 * its place, gets the same, and nobody is told.
 */
export class UnprovenSandbox implements Sandbox {
  #sandbox: Sandbox
  readonly #proof: SandboxProof
  readonly #written: RunFile[] = []
  #answer: Promise<boolean> | undefined
  #replaced: Promise<void> | undefined
  #isProven = false
  #isDisposed = false

  constructor(sandbox: Sandbox, proof: SandboxProof) {
    this.#sandbox = sandbox
    this.#proof = proof
  }

  get warm(): boolean {
    return this.#sandbox.warm
  }

  get prebooted(): boolean {
    return this.#sandbox.prebooted ?? false
  }

  async write(files: readonly RunFile[], signal: AbortSignal): Promise<void> {
    if (this.#isProven) return await this.#sandbox.write(files, signal)
    this.#written.push(...files)
    const written = await this.#try(sandbox => sandbox.write(files, signal))
    // Another one has been given all that was written so far.
    if (written === undefined) await this.#replace(signal)
  }

  async exec(stage: StageRequest, output: OutputSink, signal: AbortSignal): Promise<StageExit> {
    if (this.#isProven) return await this.#sandbox.exec(stage, output, signal)
    let isGivenUp = false
    const heard: OutputSink = { write: (stream, chunk) => isGivenUp || output.write(stream, chunk) }
    const tried = await this.#try(sandbox => sandbox.exec(stage, heard, signal))
    if (tried !== undefined) return tried.result
    isGivenUp = true
    if (signal.aborted) return canceledBeforeStart()
    await this.#replace(signal).catch(error => {
      throw error instanceof PlatformError ? beforeExecution(error) : error
    })
    return await this.#sandbox.exec(stage, output, signal)
  }

  async snapshot(signal: AbortSignal): Promise<void> {
    await this.#prove(signal)
    await this.#sandbox.snapshot(signal)
  }

  async restore(signal: AbortSignal): Promise<void> {
    await this.#prove(signal)
    await this.#sandbox.restore(signal)
  }

  async collect(request: CollectRequest, signal: AbortSignal): Promise<Collected> {
    await this.#prove(signal)
    return await this.#sandbox.collect(request, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true
    // What is just taking its place would be left behind.
    await this.#replaced?.catch(() => {})
    await this.#sandbox[Symbol.asyncDispose]()
  }

  /** What comes of `work`, or undefined where the sandbox is dead, which may be known before or after. */
  async #try<Result>(work: (sandbox: Sandbox) => Promise<Result>): Promise<{ readonly result: Result } | undefined> {
    const answer = this.#ask()
    const tried = work(this.#sandbox).then(
      result => ({ result }),
      async error => {
        // What is dead fails in many ways.
        if (await answer) throw error
        return undefined
      },
    )
    const dead = answer.then(isAlive => (isAlive ? tried : undefined))
    // One of the two is later, and heard by nobody.
    for (const each of [tried, dead]) each.catch(() => {})
    return await Promise.race([dead, tried])
  }

  #ask(): Promise<boolean> {
    this.#answer ??= this.#proof.answers().then(isAlive => {
      this.#isProven ||= isAlive
      return isAlive
    })
    return this.#answer
  }

  async #prove(signal: AbortSignal): Promise<void> {
    if (!this.#isProven && !(await this.#ask())) await this.#replace(signal)
  }

  /** The dead one is gone before another one is given anything: it might come to life. */
  #replace(signal: AbortSignal): Promise<void> {
    this.#replaced ??= this.#takePlace(signal)
    return this.#replaced
  }

  async #takePlace(signal: AbortSignal): Promise<void> {
    await this.#sandbox[Symbol.asyncDispose]()
    if (this.#isDisposed) throw new PlatformError('sandbox-lost', 'The sandbox was disposed')
    this.#sandbox = await this.#proof.openAgain(signal)
    this.#isProven = true
    if (this.#written.length > 0) await this.#sandbox.write(this.#written, signal)
  }
}

function beforeExecution(error: PlatformError): PlatformError {
  return new PlatformError(error.code, error.message, { cause: error.cause, isBeforeExecution: true })
}
