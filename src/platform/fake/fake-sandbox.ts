import { decodeBytes, type RunFile } from '../../run/file.ts'
import { collectFiles } from '../collect-files.ts'
import {
  type Collected,
  type CollectRequest,
  type OutputSink,
  outputFolder,
  type Sandbox,
  type SandboxRequest,
  type StageExit,
  type StageRequest,
} from '../platform.ts'
import { PlatformError, type PlatformErrorCode } from '../platform-error.ts'
import type { FakeProgram } from './fake-program.ts'
import { fakeScript } from './fake-script.ts'
import { FakeStage } from './fake-stage.ts'

/** What a sandbox needs of its platform. */
export interface FakeSandboxHost {
  /** Waits where a test says so, and rejects where a test says so. */
  enter(operation: 'write' | 'exec' | 'collect' | 'snapshot' | 'restore', signal: AbortSignal): Promise<void>
  /** The caller broke the contract. */
  violated(what: string): void
  disposed(sandbox: FakeSandbox): void
  /** What a test wants to run in place of the script in the files. */
  programFor(stage: StageRequest): FakeProgram | undefined
}

/** A sandbox on the fake platform: its files are in memory, its programs are scripts or functions. */
export class FakeSandbox implements Sandbox {
  readonly warm = false
  readonly request: SandboxRequest
  readonly #host: FakeSandboxHost
  readonly #files = new Map<string, Uint8Array>()
  #stage: FakeStage | undefined
  #isBusy = false
  #stagesDone = 0
  #snapshot: ReadonlyMap<string, Uint8Array> | undefined
  #isDisposed = false
  #lost: PlatformError | undefined

  constructor(request: SandboxRequest, host: FakeSandboxHost) {
    this.request = request
    this.#host = host
  }

  async write(files: readonly RunFile[], signal: AbortSignal): Promise<void> {
    this.#check('write')
    if (this.#isBusy) this.#violate('write while a stage runs')
    if (this.#stagesDone > 0) this.#violate('write after a stage: something untrusted ran already')
    await this.#host.enter('write', signal)
    for (const file of files) this.#files.set(file.path, decodeBytes(file))
  }

  async exec(stage: StageRequest, output: OutputSink, signal: AbortSignal): Promise<StageExit> {
    this.#check('exec')
    if (this.#isBusy) this.#violate('exec while another stage runs')
    if (stage.argv.length === 0) this.#violate('exec without argv')
    const running = new FakeStage(stage, output)
    this.#isBusy = true
    this.#stage = running
    try {
      // An aborted signal is no reason to reject: the stage ends as canceled.
      await this.#host.enter('exec', signal).catch(error => {
        if (!signal.aborted) throw error
      })
      return await running.run(this.#programOf(stage), this.#files, () => this.lose(), signal)
    } finally {
      this.#isBusy = false
      this.#stage = undefined
      this.#stagesDone += 1
    }
  }

  async snapshot(signal: AbortSignal): Promise<void> {
    this.#check('snapshot')
    if (this.#isBusy) this.#violate('snapshot while a stage runs')
    await this.#host.enter('snapshot', signal)
    this.#snapshot = new Map(this.#files)
  }

  async restore(signal: AbortSignal): Promise<void> {
    this.#check('restore')
    if (this.#isBusy) this.#violate('restore while a stage runs')
    if (this.#snapshot === undefined) this.#violate('restore without a snapshot')
    await this.#host.enter('restore', signal)
    if (this.#lost) throw this.#lost
    this.#files.clear()
    for (const [path, bytes] of this.#snapshot) this.#files.set(path, bytes)
    this.#stagesDone = 0
  }

  async collect(request: CollectRequest, signal: AbortSignal): Promise<Collected> {
    this.#check('collect')
    if (this.#isBusy) this.#violate('collect while a stage runs')
    await this.#host.enter('collect', signal)
    if (this.#lost) throw this.#lost
    return await collectFiles(
      {
        list: async onFile => {
          for (const [path, content] of this.#files) onFile({ path: Buffer.from(path), bytes: content.length })
          return true
        },
        read: async path => this.#files.get(path) ?? 'unreadable',
      },
      request,
    )
  }

  /** Ends as a container does that somebody else removed, or whose engine stopped. */
  lose(code: PlatformErrorCode = 'sandbox-lost'): void {
    this.#lost ??= new PlatformError(code, 'The sandbox ended in the middle of a stage')
    this.#stage?.fail(this.#lost)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return
    this.#isDisposed = true
    this.lose()
    this.#host.disposed(this)
  }

  #check(operation: string): void {
    if (this.#isDisposed) this.#violate(`${operation} after dispose`)
    if (this.#lost) throw this.#lost
  }

  #violate(what: string): never {
    this.#host.violated(what)
    throw new Error(`the platform's contract does not allow ${what}`)
  }

  #programOf(stage: StageRequest): FakeProgram {
    const program = this.#host.programFor(stage)
    if (program) return program
    const named = stage.argv.map(argument => argument.replace(/^\.\//, '')).find(path => this.#files.has(path))
    // A compiled program does not name its source: then it is the first file.
    const isCompiling = stage.name === 'compile' || stage.argv[0]?.startsWith(`${outputFolder}/`)
    const path = named ?? (isCompiling ? this.#files.keys().next().value : undefined)
    const source = path === undefined ? undefined : this.#files.get(path)
    if (source) return fakeScript(Buffer.from(source).toString('utf8'))
    return process => {
      process.write('stderr', `${stage.argv[0]}: not found\n`)
      return { kind: 'exited', code: 127 }
    }
  }
}
