import type Docker from 'dockerode'
import { decodeBytes, type RunFile } from '../../run/file.ts'
import type { Limits } from '../../run/limits.ts'
import {
  type OutputSink,
  outputFolder,
  type Sandbox,
  type StageExit,
  type StageRequest,
  workingFolder,
} from '../platform.ts'
import { PlatformError } from '../platform-error.ts'
import type { DockerEngine } from './engine.ts'
import { engineStatus } from './engine-error.ts'
import { encodeFile, encodeFolder } from './frame.ts'
import type { InitChannel } from './init-channel.ts'
import { cgroupLimits } from './sandbox-config.ts'
import { StageSession } from './stage-session.ts'

const fileMode = 0o644
const folderMode = 0o755

/** How long init gets to end a stage after it was asked to, before the container is killed over its head. */
const killGraceMs = 2_000
/** What the outer clock allows beyond the program's own limit: init's is the exact one. */
const wallGraceMs = 2_000
const disposeDeadlineMs = 15_000

/** One container with init in it. */
export class DockerSandbox implements Sandbox {
  readonly #engine: DockerEngine
  readonly #container: Docker.Container
  readonly #channel: InitChannel
  readonly #onDisposed: () => void
  #applied: Limits
  #disposal: Promise<void> | undefined

  constructor(parts: {
    readonly engine: DockerEngine
    readonly container: Docker.Container
    readonly channel: InitChannel
    readonly limits: Limits
    readonly onDisposed: () => void
  }) {
    this.#engine = parts.engine
    this.#container = parts.container
    this.#channel = parts.channel
    this.#applied = parts.limits
    this.#onDisposed = parts.onDisposed
  }

  async write(files: readonly RunFile[], signal: AbortSignal): Promise<void> {
    const outputFolderPath = outputFolder.slice(workingFolder.length + 1)
    await this.#channel.send(encodeFolder({ path: outputFolderPath, mode: folderMode }))
    for (const file of files) {
      for (const frame of encodeFile({ path: file.path, mode: fileMode, bytes: decodeBytes(file) })) {
        signal.throwIfAborted()
        await this.#channel.send(frame)
      }
    }
  }

  async exec(stage: StageRequest, output: OutputSink, signal: AbortSignal): Promise<StageExit> {
    const startedAt = performance.now()
    if (signal.aborted) return canceledBeforeStart()
    await this.#apply(stage.limits, signal)
    const session = new StageSession(this.#channel, stage, output)
    let ending: 'canceled' | 'timed-out' | undefined
    const kill = (reason: 'canceled' | 'timed-out') => {
      ending ??= reason
      session.kill()
      graceTimer ??= setTimeout(() => void this.#killContainer(), killGraceMs)
    }
    let graceTimer: NodeJS.Timeout | undefined
    const onAbort = () => kill('canceled')
    const wallTimer = setTimeout(() => kill('timed-out'), stage.limits.wallTimeMs + wallGraceMs)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await session.start()
      const exit = await session.exit
      return exit ?? (await this.#readEnding(stage, session, ending, performance.now() - startedAt))
    } finally {
      clearTimeout(wallTimer)
      clearTimeout(graceTimer)
      signal.removeEventListener('abort', onAbort)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose()
    return this.#disposal
  }

  /** Memory and processes are the cgroup's; it is changed in place where a stage's differ from those of the one before. */
  async #apply(limits: Limits, signal: AbortSignal): Promise<void> {
    const wanted = cgroupLimits(limits)
    if (JSON.stringify(wanted) === JSON.stringify(cgroupLimits(this.#applied))) return
    try {
      await this.#engine.call('change the limits of a sandbox', signal, (_, abortSignal) =>
        this.#container.update({ _body: wanted, abortSignal } as object),
      )
      this.#applied = limits
    } catch (error) {
      if (signal.aborted) return
      throw error
    }
  }

  /** The line went dead in the middle of a stage: the engine knows whether the memory limit took init too, or whether we did it. */
  async #readEnding(
    stage: StageRequest,
    session: StageSession,
    ending: 'canceled' | 'timed-out' | undefined,
    wallTimeMs: number,
  ): Promise<StageExit> {
    const rest = { usage: { wallTimeMs }, limitsHit: [], ...session.truncated() }
    if (ending === 'canceled') return { outcome: { kind: 'canceled' }, ...rest }
    if (ending === 'timed-out') {
      return { outcome: { kind: 'timed-out', clock: 'wall', limitMs: stage.limits.wallTimeMs }, ...rest }
    }
    const state = await this.#inspectState()
    if (state.OOMKilled) return { outcome: { kind: 'out-of-memory', limitBytes: stage.limits.memoryBytes }, ...rest }
    throw new PlatformError('sandbox-lost', `The sandbox ended in the middle of a stage${this.#channel.complaint()}`)
  }

  async #inspectState(): Promise<{ readonly OOMKilled?: boolean }> {
    try {
      return await this.#engine.call('inspect a sandbox', new AbortController().signal, async () => {
        const inspected = await this.#container.inspect()
        return inspected.State
      })
    } catch (error) {
      if (error instanceof PlatformError && engineStatus(error.cause) === 404) return {}
      throw error
    }
  }

  async #killContainer(): Promise<void> {
    try {
      await this.#engine.call('kill a sandbox', new AbortController().signal, () => this.#container.kill())
    } catch {
      // It is gone, or the engine is: either way the line closes, and disposing or the sweeper does the rest.
    } finally {
      this.#channel.close()
    }
  }

  async #dispose(): Promise<void> {
    this.#channel.close()
    try {
      await this.#engine.call(
        'remove a sandbox',
        new AbortController().signal,
        (_, abortSignal) => this.#container.remove({ _query: { force: true, v: true }, abortSignal } as object),
        disposeDeadlineMs,
      )
    } catch {
      // Left to the sweeper: a sandbox that cannot be removed now must not fail a run that has its result.
    } finally {
      this.#onDisposed()
    }
  }
}

function canceledBeforeStart(): StageExit {
  return {
    outcome: { kind: 'canceled' },
    usage: { wallTimeMs: 0 },
    limitsHit: [],
    stdoutTruncated: false,
    stderrTruncated: false,
  }
}
