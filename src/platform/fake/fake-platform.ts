import { createHash } from 'node:crypto'
import type { Environment } from '../../environment/environment.ts'
import type { ImageProgress } from '../../run/event.ts'
import type { RunId } from '../../run/id.ts'
import type { Platform, PlatformInfo, ResolvedImage, Sandbox, SandboxRequest, StageRequest } from '../platform.ts'
import { PlatformError } from '../platform-error.ts'
import type { FakeProgram } from './fake-program.ts'
import { FakeSandbox } from './fake-sandbox.ts'

export type FakeOperation =
  | 'check'
  | 'images'
  | 'prepare'
  | 'removeImage'
  | 'open'
  | 'write'
  | 'exec'
  | 'collect'
  | 'snapshot'
  | 'restore'
  | 'sweep'

/** What platforms on the same engine share. */
interface FakeEngine {
  isDown: boolean
  /** Undefined where nobody holds it any more. */
  readonly sandboxes: Map<FakeSandbox, FakePlatform | undefined>
  readonly present: Set<string>
  readonly unobtainable: Set<string>
}

function newEngine(): FakeEngine {
  return { isDown: false, sandboxes: new Map(), present: new Set(), unobtainable: new Set() }
}

/**
 * A platform for tests, without an engine. Programs are scripts (see `fake-script.ts`) in the files of a run, or functions that
 * a test gives. A test can stop and start the engine, make any operation fail or wait, and see afterwards whether its caller kept
 * to the contract.
 */
export class FakePlatform implements Platform {
  readonly name = 'fake'
  /** Every sandbox that was ever opened, in order. */
  readonly opened: SandboxRequest[] = []
  /** What callers did that the contract does not allow; empty when all is well. */
  readonly violations: string[] = []
  /** Pulls and builds that were begun, in order: what `prepare` really did. */
  readonly fetched: string[] = []
  readonly #engine: FakeEngine
  readonly #failures = new Map<FakeOperation, unknown[]>()
  readonly #gates = new Map<FakeOperation, Promise<void>>()
  readonly #fetching = new Map<string, Promise<void>>()
  readonly #architecture: string
  readonly #program: (stage: StageRequest) => FakeProgram | undefined

  /** `beside`: another platform on the same engine and of the same installation, as after a restart. */
  constructor(
    options: {
      readonly program?: (stage: StageRequest) => FakeProgram | undefined
      readonly beside?: FakePlatform
      readonly architecture?: string
    } = {},
  ) {
    this.#program = options.program ?? (() => undefined)
    this.#architecture = options.architecture ?? 'amd64'
    this.#engine = options.beside ? options.beside.#engine : newEngine()
  }

  /** All of the engine's. */
  get sandboxCount(): number {
    return this.#engine.sandboxes.size
  }

  /** Images that are present: references and folders. `prepare` adds to them. */
  get present(): Set<string> {
    return this.#engine.present
  }

  /** References and folders whose image cannot be had. */
  get unobtainable(): Set<string> {
    return this.#engine.unobtainable
  }

  /** From now on the engine cannot be reached, and what runs is lost. Sandboxes stay until they are swept. */
  stopEngine(): void {
    this.#engine.isDown = true
    for (const sandbox of this.#engine.sandboxes.keys()) sandbox.lose('unavailable')
  }

  startEngine(): void {
    this.#engine.isDown = false
  }

  /** The next call of the operation rejects with this. Several add up. */
  failNext(operation: FakeOperation, error: unknown): void {
    this.#failures.set(operation, [...(this.#failures.get(operation) ?? []), error])
  }

  /** Calls of the operation wait until the function that is returned is called. */
  hold(operation: FakeOperation): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#gates.set(operation, promise)
    return () => {
      if (this.#gates.get(operation) === promise) this.#gates.delete(operation)
      resolve()
    }
  }

  async check(signal: AbortSignal): Promise<PlatformInfo> {
    await this.#enter('check', signal)
    return {
      name: this.name,
      engineId: 'fake',
      engineVersion: '1.0.0',
      apiVersion: '1.0',
      operatingSystem: 'linux',
      architecture: this.#architecture,
      cgroupVersion: '2',
      unenforced: [],
    }
  }

  async images(environments: readonly Environment[], signal: AbortSignal): Promise<readonly ResolvedImage[]> {
    await this.#enter('images', signal)
    return environments.filter(environment => this.#isPresent(environment)).map(toImage)
  }

  async prepare(
    candidates: readonly Environment[],
    onProgress: (progress: ImageProgress) => void,
    signal: AbortSignal,
  ): Promise<ResolvedImage> {
    await this.#enter('prepare', signal)
    const chosen =
      candidates.find(environment => this.#isPresent(environment)) ??
      this.#obtainable(candidates, 'registry') ??
      this.#obtainable(candidates, 'debian')
    if (!chosen) {
      const wanted = candidates.map(({ name, version, digest }) => digest ?? `${name}@${version}`).join(', ')
      throw new PlatformError('environment-unavailable', `No image can be had for ${wanted || 'no candidates'}`)
    }
    const key = sourceKey(chosen)
    if (this.present.has(key)) return toImage(chosen)
    await abortable(this.#fetch(key, chosen.source.kind, onProgress), signal)
    return { ...toImage(chosen), made: chosen.source.kind === 'registry' ? 'pulled' : 'built' }
  }

  async removeImage(reference: string, signal: AbortSignal): Promise<'removed' | 'in-use' | 'gone'> {
    await this.#enter('removeImage', signal)
    const isUsed = [...this.#engine.sandboxes.keys()].some(({ request }) => request.image.reference === reference)
    if (isUsed) return 'in-use'
    return this.present.delete(reference) ? 'removed' : 'gone'
  }

  async open(request: SandboxRequest, signal: AbortSignal): Promise<Sandbox> {
    await this.#enter('open', signal)
    if (!this.present.has(sourceKey(request.image.environment))) {
      throw new PlatformError('image-gone', `There is no image ${request.image.reference}`)
    }
    const sandbox = new FakeSandbox(request, {
      enter: (operation, abort) => this.#enter(operation, abort),
      violated: what => this.violations.push(what),
      disposed: gone => {
        // Its platform lets go of it either way; without the engine it stays there, for a sweep.
        if (this.#engine.isDown) this.#engine.sandboxes.set(gone, undefined)
        else this.#engine.sandboxes.delete(gone)
      },
      programFor: stage => this.#program(stage),
    })
    this.opened.push(request)
    this.#engine.sandboxes.set(sandbox, this)
    return sandbox
  }

  async sweep(keep: ReadonlySet<RunId>, signal: AbortSignal): Promise<{ readonly removed: number }> {
    await this.#enter('sweep', signal)
    const now = Date.now()
    const swept = [...this.#engine.sandboxes]
      .filter(([{ request }, owner]) => {
        if (owner === this) return false
        return !keep.has(request.runId) || request.deadline.getTime() <= now
      })
      .map(([sandbox]) => sandbox)
    for (const sandbox of swept) {
      this.#engine.sandboxes.delete(sandbox)
      sandbox.lose()
    }
    return { removed: swept.length }
  }

  async close(): Promise<void> {}

  async #enter(operation: FakeOperation, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const gate = this.#gates.get(operation)
    if (gate) await abortable(gate, signal)
    if (this.#engine.isDown) throw new PlatformError('unavailable', 'The engine cannot be reached')
    const failures = this.#failures.get(operation)
    if (failures && failures.length > 0) throw failures.shift()
  }

  #obtainable(candidates: readonly Environment[], kind: Environment['source']['kind']): Environment | undefined {
    return candidates.find(
      ({ source, digest }) =>
        source.kind === kind &&
        !this.unobtainable.has(sourceKey({ source })) &&
        // A registry has what its tag leads to; nothing is built to order.
        (digest === undefined || (kind === 'registry' && digest === digestOf(source))),
    )
  }

  #isPresent({ source, digest }: Environment): boolean {
    return this.present.has(sourceKey({ source })) && (digest === undefined || digest === digestOf(source))
  }

  /** Whoever comes while the same image is on its way waits for it too, as on a real engine. */
  #fetch(
    key: string,
    kind: Environment['source']['kind'],
    onProgress: (progress: ImageProgress) => void,
  ): Promise<void> {
    const phase = kind === 'registry' ? 'pull' : 'build'
    onProgress({ phase, message: `Getting ${key}`, currentBytes: 0, totalBytes: 1 })
    const running = this.#fetching.get(key)
    if (running) return running
    this.fetched.push(key)
    const fetching = Promise.resolve().then(() => {
      this.present.add(key)
      this.#fetching.delete(key)
    })
    this.#fetching.set(key, fetching)
    return fetching
  }
}

function sourceKey({ source }: Pick<Environment, 'source'>): string {
  return source.kind === 'registry' ? source.reference : source.folder
}

function toImage(environment: Environment): ResolvedImage {
  const { source, version } = environment
  return {
    environment,
    version,
    reference: sourceKey(environment),
    digest: digestOf(source),
    sizeBytes: 1_000_000,
    env: {},
  }
}

function digestOf(source: Environment['source']): string {
  return `sha256:${createHash('sha256').update(sourceKey({ source })).digest('hex')}`
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
