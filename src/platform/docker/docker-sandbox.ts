import type Docker from 'dockerode'
import { decodeBytes, type RunFile } from '../../run/file.ts'
import type { Limits } from '../../run/limits.ts'
import type { StageOutcome } from '../../run/outcome.ts'
import { collectFiles } from '../collect-files.ts'
import {
  type Collected,
  type CollectRequest,
  type OutputSink,
  outputFolder,
  type Preboot,
  type Sandbox,
  type StageExit,
  type StageRequest,
  workingFolder,
} from '../platform.ts'
import { PlatformError } from '../platform-error.ts'
import { keepSnapshot, restoreSnapshot } from './clean-session.ts'
import { CollectSession } from './collect-session.ts'
import { withDeadline } from './deadline.ts'
import type { DockerEngine } from './engine.ts'
import { engineStatus, orSandboxLost, toPlatformError } from './engine-error.ts'
import { encodeFile, encodeFolder, encodeFrame, toInit } from './frame.ts'
import type { InitChannel } from './init-channel.ts'
import { bootAhead, isSameStage, takesFiles } from './preboot.ts'
import { cgroupLimits, sharedMemoryBytes } from './sandbox-config.ts'
import { StageSession } from './stage-session.ts'

const fileMode = 0o644
const folderMode = 0o755

/** How long init gets to end a stage after it was asked to, before the container is killed over its head. */
const killGraceMs = 2_000
/** What the outer clock allows beyond the program's own limit: init's is the exact one. */
const wallGraceMs = 2_000
const disposeDeadlineMs = 15_000
/** A line that takes nothing for so long leads to a container, or an engine, that is stuck. */
const writeDeadlineMs = 60_000
/** For all files of a run together. The sandbox's own deadline is later. */
const collectDeadlineMs = 30_000

/** However much there is to copy, or to remove. */
const cleanDeadlineMs = 60_000
/** A copy below this is not worth a change of the container's limits: it takes longer than most tests. */
const unnoticedBytes = 64 * 1024

/** One container with init in it. */
export class DockerSandbox implements Sandbox {
  readonly warm: boolean
  prebooted = false
  readonly #engine: DockerEngine
  readonly #container: Docker.Container
  readonly #channel: InitChannel
  readonly #onDisposed: () => void
  #applied: Limits
  /** What init holds for us in the container's memory, and what of it the container was given. */
  #ownBytes = 0
  #ownBytesApplied = 0
  /** What its waiting process was started for, until a stage begins. */
  #preboot: Preboot | undefined
  #disposal: Promise<void> | undefined

  constructor(parts: {
    readonly engine: DockerEngine
    readonly container: Docker.Container
    readonly channel: InitChannel
    readonly limits: Limits
    readonly warm: boolean
    readonly onDisposed: () => void
  }) {
    this.warm = parts.warm
    this.#engine = parts.engine
    this.#container = parts.container
    this.#channel = parts.channel
    this.#applied = parts.limits
    this.#onDisposed = parts.onDisposed
  }

  get isDisposed(): boolean {
    return this.#disposal !== undefined
  }

  async write(files: readonly RunFile[], signal: AbortSignal): Promise<void> {
    try {
      await withDeadline(writeDeadlineMs, signal, callSignal => this.#sendFiles(files, callSignal))
    } catch (error) {
      throw toPlatformError(error, 'take files into a sandbox')
    }
  }

  async exec(stage: StageRequest, output: OutputSink, signal: AbortSignal): Promise<StageExit> {
    const startedAt = performance.now()
    if (signal.aborted) return canceledBeforeStart()
    const fits = await this.#apply(stage.limits, signal)
    // An abort that came meanwhile is not told again.
    if (signal.aborted) return canceledBeforeStart()
    if (!fits) return endedBeforeStart({ kind: 'out-of-memory', limitBytes: stage.limits.memoryBytes })
    const continues = this.#preboot !== undefined && isSameStage(this.#preboot, stage)
    this.#preboot = undefined
    this.prebooted ||= continues
    const session = new StageSession(this.#channel, stage, output, continues)
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
      if (exit === undefined) return await this.#readEnding(stage, session, ending, performance.now() - startedAt)
      // Init knows that it was told to kill, not why.
      if (exit.outcome.kind === 'canceled' && ending === 'timed-out') return { ...exit, outcome: outOfTime(stage) }
      return exit
    } finally {
      clearTimeout(wallTimer)
      clearTimeout(graceTimer)
      signal.removeEventListener('abort', onAbort)
    }
  }

  async collect(request: CollectRequest, signal: AbortSignal): Promise<Collected> {
    try {
      const session = new CollectSession(this.#channel)
      return await withDeadline(collectDeadlineMs, signal, () => collectFiles(session, request))
    } catch (error) {
      throw toPlatformError(error, 'give files from a sandbox')
    }
  }

  async snapshot(signal: AbortSignal): Promise<void> {
    try {
      // It takes no more than the folder may hold, and the stages' memory must not be short of it while it is made.
      this.#ownBytes += spareMemory(this.#applied)
      await this.#apply(this.#applied, signal)
      this.#ownBytes = await withDeadline(cleanDeadlineMs, signal, () => keepSnapshot(this.#channel))
    } catch (error) {
      throw toPlatformError(error, 'keep the working folder of a sandbox')
    }
  }

  async restore(signal: AbortSignal): Promise<void> {
    try {
      await withDeadline(cleanDeadlineMs, signal, () => restoreSnapshot(this.#channel))
    } catch (error) {
      throw toPlatformError(error, 'make a sandbox clean')
    }
  }

  /** Starts a process that waits for its source. Tells the memory that is taken then, or nothing when there is none. */
  async preboot(preboot: Preboot): Promise<number | undefined> {
    const memoryBytes = await bootAhead(this.#channel, preboot)
    if (memoryBytes !== undefined) this.#preboot = preboot
    return memoryBytes
  }

  async #sendFiles(files: readonly RunFile[], signal: AbortSignal): Promise<void> {
    if (this.#preboot !== undefined && !takesFiles(this.#preboot, files)) {
      this.#preboot = undefined
      await this.#channel.send(encodeFrame(toInit.kill))
    }
    const outputFolderPath = outputFolder.slice(workingFolder.length + 1)
    await this.#channel.send(encodeFolder({ path: outputFolderPath, mode: folderMode }))
    for (const file of files) {
      for (const frame of encodeFile({ path: file.path, mode: fileMode, bytes: decodeBytes(file) })) {
        signal.throwIfAborted()
        await this.#channel.send(frame)
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose()
    return this.#disposal
  }

  /**
   * Memory and processes are the cgroup's; it is changed in place where a stage's differ from those of the one before. False when
   * what the stages before left in memory, files included, is more than this one may have.
   */
  async #apply(limits: Limits, signal: AbortSignal): Promise<boolean> {
    const ownBytes = this.#ownBytes < unnoticedBytes ? 0 : this.#ownBytes
    const wanted = cgroupLimits(limits, ownBytes)
    if (JSON.stringify(wanted) === JSON.stringify(cgroupLimits(this.#applied, this.#ownBytesApplied))) return true
    try {
      await this.#engine.call('change the limits of a sandbox', signal, (_, abortSignal) =>
        this.#container.update({ _body: wanted, abortSignal } as object),
      )
      this.#applied = limits
      this.#ownBytesApplied = ownBytes
      return true
    } catch (error) {
      if (signal.aborted) return true
      if (isMemoryInUse(error)) return false
      throw orSandboxLost(error)
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
    if (ending === 'timed-out') return { outcome: outOfTime(stage), ...rest }
    const state = await this.#inspectEnd()
    if (state.OOMKilled) return { outcome: { kind: 'out-of-memory', limitBytes: stage.limits.memoryBytes }, ...rest }
    throw new PlatformError('sandbox-lost', `The sandbox ended in the middle of a stage${this.#channel.complaint()}`)
  }

  /** The line ends some ms before the engine has noted how the container did. */
  async #inspectEnd(): Promise<{ readonly OOMKilled?: boolean }> {
    try {
      return await this.#engine.call('inspect a sandbox', new AbortController().signal, async (_, abortSignal) => {
        await this.#container.wait({ _query: {}, _body: {}, abortSignal } as object)
        const inspected = await this.#container.inspect({ _query: {}, abortSignal } as object)
        return inspected.State
      })
    } catch (error) {
      if (error instanceof PlatformError && engineStatus(error.cause) === 404) return {}
      throw error
    }
  }

  async #killContainer(): Promise<void> {
    try {
      await this.#engine.call('kill a sandbox', new AbortController().signal, (_, abortSignal) =>
        this.#container.kill({ _query: {}, _body: {}, abortSignal } as object),
      )
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

/** What has to be added so that the folders may be full, and one of them twice. */
function spareMemory({ memoryBytes, diskBytes }: Limits): number {
  return Math.max(0, 3 * diskBytes + sharedMemoryBytes - memoryBytes)
}

function outOfTime({ limits }: StageRequest): StageOutcome {
  return { kind: 'timed-out', clock: 'wall', limitMs: limits.wallTimeMs }
}

export function canceledBeforeStart(): StageExit {
  return endedBeforeStart({ kind: 'canceled' })
}

function endedBeforeStart(outcome: StageOutcome): StageExit {
  return { outcome, usage: { wallTimeMs: 0 }, limitsHit: [], stdoutTruncated: false, stderrTruncated: false }
}

/** What runc says when a cgroup holds more than its new limit: by itself, or in the kernel's words. */
function isMemoryInUse(error: unknown): boolean {
  return (
    error instanceof PlatformError &&
    engineStatus(error.cause) !== undefined &&
    /unable to set memory limit|memory\.(?:limit_in_bytes|max)\S*: device or resource busy/.test(error.message)
  )
}
