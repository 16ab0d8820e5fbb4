import { hostname } from 'node:os'
import type { Environment } from '../environment/environment.ts'
import type { ResolvedImage } from '../platform/platform.ts'
import type { RunId } from '../run/id.ts'
import { type Serves, servesDefault } from '../run/pool.ts'
import type { RunEnvironment } from '../run/run.ts'
import type { ImageStore } from '../store/image-store.ts'
import type { OperationStore } from '../store/operation-store.ts'
import type { WorkerRow, WorkerStore } from '../store/worker-store.ts'
import { ImageKeeper, type ImageRules } from './image-keeper.ts'
import { type OperationsParts, serveOperations } from './operations.ts'
import { pause } from './pause.ts'
import { PlatformMonitor } from './platform-monitor.ts'
import { Removals } from './removals.ts'
import { RowWriter } from './row-writer.ts'
import { type SlotParts, serveClaim } from './slot.ts'
import { tellFailure } from './tell-failure.ts'
import { isCertainlyDead } from './worker-id.ts'

const sweepIntervalMs = 30_000
/** A sandbox that does not die must not keep the living from their runs. */
const firstSweepPatienceMs = 5_000
const claimRetryMs = 1_000
/** Where others share the platform, they do not start anew to clean up after the dead. */
const sharedSweepIntervalMs = 10_000
/** Whoever was not seen since is dead, or stands still and has lost its runs: its sandboxes are nobody's. Three rows may be missed. */
const livingMs = 15_000
/** A drain that handed its runs back still has to remove their sandboxes. */
const handBackGraceMs = 20_000

export interface WorkerParts extends Omit<SlotParts, 'monitor' | 'removals' | 'stopped' | 'onImage'> {
  readonly images: ImageStore
  readonly imageRules: ImageRules
  readonly workers: WorkerStore
  /** Others may work on the same platform. */
  readonly isShared?: boolean
  readonly operations: OperationStore
  readonly slots: number
  /** Whose runs it takes. Default: the default one's. */
  readonly pools?: readonly string[]
  readonly drainTimeoutMs: number
}

type PresentImage = WorkerRow['images'][number]

/** Claims runs and drives a platform: as many at once as it has slots. */
export class Worker {
  readonly id: string
  readonly monitor: PlatformMonitor
  readonly #parts: WorkerParts
  readonly #startedAt = new Date()
  readonly #images = new Map<string, PresentImage>()
  readonly #held = new Set<RunId>()
  /** Nothing new is taken after it. */
  readonly #draining = new AbortController()
  /** What runs is handed back after it. */
  readonly #handBack = new AbortController()
  /** Everything of ours ends after it. */
  readonly #stopped = new AbortController()
  /** As many as it has slots: more engine work at once makes all of it slower. */
  readonly #removals: Removals
  readonly #keeper: ImageKeeper
  readonly #rowWriter: RowWriter
  #work: readonly Promise<void>[] = []
  /** Once what the dead left was looked for. Their runs come back, and what is theirs then looks like ours. */
  readonly #swept = Promise.withResolvers<void>()

  constructor(parts: WorkerParts) {
    this.#parts = parts
    this.id = parts.workerId
    this.monitor = new PlatformMonitor(parts.platform)
    this.#removals = new Removals(parts.slots)
    this.#keeper = new ImageKeeper({ ...parts, monitor: this.monitor, onRemoved: image => this.#removeImage(image) })
    this.#rowWriter = new RowWriter({
      put: () => parts.workers.put(this.#row()),
      onError: error => parts.observer.log.warn({ err: error }, "the worker's row could not be written"),
      stopped: this.#stopped.signal,
    })
  }

  get pools(): readonly string[] {
    return this.#parts.pools ?? servesDefault.pools
  }

  get slots(): number {
    return this.#parts.slots
  }

  get usedSlots(): number {
    return this.#held.size
  }

  /** Looks for what a crash left behind, then starts to take runs. Resolves at once; an engine that is away is waited for. */
  start(): void {
    this.monitor.onChange(() => this.#onPlatformChange())
    const operations = serveOperations(this.#operationsParts(), this.#draining.signal)
    const images = this.#keeper.sweepNowAndThen(this.#draining.signal)
    const watch = this.monitor.watch(this.#stopped.signal)
    const background = [watch, this.#sweepNowAndThen(), this.#rowWriter.renew(), operations, images]
    const slots = Array.from({ length: this.#parts.slots }, () => this.#serveSlot())
    this.#work = [...slots, ...background]
  }

  /** Finishes what runs within the drain time, hands back the rest, and is gone. */
  async stop(): Promise<void> {
    this.#draining.abort()
    this.#rowWriter.write()
    const done = Promise.all(this.#work.slice(0, this.#parts.slots)).then(() => this.#removals.settled())
    const timer = setTimeout(() => this.#handBack.abort(), this.#parts.drainTimeoutMs)
    const giveUp = pause(this.#parts.drainTimeoutMs + handBackGraceMs, this.#stopped.signal)
    await Promise.race([done, giveUp])
    clearTimeout(timer)
    this.#stopped.abort()
    await Promise.all(this.#work.slice(this.#parts.slots))
    await this.#rowWriter.settled()
    await this.#parts.workers.remove(this.id).catch(() => {})
  }

  /** Ends without waiting for what runs: it is handed back at once. */
  hurry(): void {
    this.#handBack.abort()
  }

  async #serveSlot(): Promise<void> {
    const { signal } = this.#draining
    while (!signal.aborted) {
      try {
        await this.monitor.waitUntilUp(signal)
        await this.#swept.promise
        const claim = await this.#parts.queue.claim(this.id, signal, this.#served())
        if (claim === undefined) return
        this.#hold(claim.runId, true)
        try {
          await serveClaim(this.#slotParts(), claim, this.#handBack.signal)
        } finally {
          this.#hold(claim.runId, false)
        }
      } catch (error) {
        if (signal.aborted) return
        this.#parts.observer.log.error({ err: error }, 'a run could not be claimed')
        await pause(claimRetryMs, signal)
      }
    }
  }

  /** An engine that comes back can be another one. */
  #served(): Serves {
    return { pools: this.pools, architecture: this.monitor.architecture }
  }

  #slotParts(): SlotParts {
    const onImage = (image: ResolvedImage) => this.#useImage(image)
    return {
      ...this.#parts,
      monitor: this.monitor,
      removals: this.#removals,
      stopped: this.#stopped.signal,
      onImage,
    }
  }

  #operationsParts(): OperationsParts {
    const onImage = (image: ResolvedImage) => this.#useImage(image)
    return { ...this.#parts, workerId: this.id, monitor: this.monitor, onImage }
  }

  #hold(runId: RunId, held: boolean): void {
    if (held) this.#held.add(runId)
    else this.#held.delete(runId)
    this.#rowWriter.writeSoon()
  }

  async #sweepNowAndThen(): Promise<void> {
    const { signal } = this.#stopped
    const { observer } = this.#parts
    let patience: NodeJS.Timeout | undefined
    while (!signal.aborted) {
      try {
        await this.monitor.waitUntilUp(signal)
        patience ??= setTimeout(() => this.#swept.resolve(), firstSweepPatienceMs)
        const others = await this.#livingOthers()
        const { removed } = others ? await this.#parts.platform.sweep(this.#held, signal, others) : { removed: 0 }
        if (removed > 0) {
          observer.log.warn({ removed }, 'sandboxes that belonged to nobody were removed')
          observer.tell({ type: 'sandboxes-swept', count: removed })
        }
      } catch (error) {
        if (signal.aborted) continue
        observer.log.warn({ err: error }, 'sandboxes could not be swept')
        tellFailure(observer, error)
      } finally {
        clearTimeout(patience)
        this.#swept.resolve()
      }
      await pause(this.#parts.isShared ? sharedSweepIntervalMs : sweepIntervalMs, signal)
    }
  }

  /** Undefined while that cannot be told: when the database was away, nobody could say that he lives. */
  async #livingOthers(): Promise<ReadonlySet<string> | undefined> {
    if (!this.#parts.isShared) return new Set()
    if (this.#rowWriter.sinceFailureMs < livingMs) return undefined
    const rows = await this.#parts.workers.list(new Date(Date.now() - livingMs))
    return new Set(rows.map(row => row.id).filter(id => id !== this.id && !isCertainlyDead(id)))
  }

  #onPlatformChange(): void {
    const { state } = this.monitor
    const { observer } = this.#parts
    const { log } = observer
    if (state.kind === 'down') {
      log.warn(`the platform is away, runs wait: ${state.error}`)
      observer.tell({ type: 'platform-failed', code: 'unavailable' })
    }
    if (state.kind === 'up') log.info(`the platform is ${state.info.name} ${state.info.engineVersion}`)
    this.#rowWriter.write()
  }

  #useImage(image: ResolvedImage): void {
    this.#addImage(image)
    this.#keeper.use(image)
  }

  #addImage({ environment: { name }, version, digest, sizeBytes }: ResolvedImage): void {
    const key = `${name}@${version}`
    if (this.#images.get(key)?.digest === digest) return
    this.#images.set(key, { name, version, digest, sizeBytes })
    this.#rowWriter.write()
  }

  #removeImage({ name, version, digest }: PresentImage): void {
    const key = `${name}@${version}`
    if (this.#images.get(key)?.digest !== digest) return
    this.#images.delete(key)
    this.#rowWriter.write()
  }

  /** Tells which environments are ready; looked up once, then kept by what the runs use. */
  async readImages(
    advertised: readonly Environment[],
    pinned: (image: RunEnvironment) => readonly Environment[],
  ): Promise<void> {
    const { signal } = this.#stopped
    try {
      await this.monitor.waitUntilUp(signal)
      // Versions that nobody advertises were asked for, or they would not be here.
      const environments = [...advertised, ...(await this.#keeper.known()).flatMap(pinned)]
      for (const image of await this.#parts.platform.images(environments, signal)) {
        this.#addImage(image)
      }
    } catch (error) {
      if (!signal.aborted) this.#parts.observer.log.warn({ err: error }, 'present images could not be listed')
    }
  }

  #row(): WorkerRow {
    const { state } = this.monitor
    return {
      id: this.id,
      host: hostname(),
      processId: process.pid,
      slots: this.#parts.slots,
      busySlots: this.#held.size,
      state: this.#rowState(),
      ...(state.kind === 'up' ? { platform: state.info } : {}),
      ...(state.kind === 'down' ? { platformError: state.error } : {}),
      pools: this.pools,
      images: [...this.#images.values()],
      startedAt: this.#startedAt,
      seenAt: new Date(),
    }
  }

  #rowState(): WorkerRow['state'] {
    if (this.#draining.signal.aborted) return 'draining'
    switch (this.monitor.state.kind) {
      case 'unknown':
        return 'starting'
      case 'up':
        return 'ready'
      case 'down':
        return 'platform-unavailable'
    }
  }
}
