import type { Environment } from '../../environment/environment.ts'
import type { ResolvedImage, SandboxRequest } from '../platform.ts'
import { Backoff } from './backoff.ts'
import type { DockerSandbox } from './docker-sandbox.ts'
import type { SandboxMaker } from './sandbox-maker.ts'
import { warmName } from './sandbox-name.ts'
import { WarmDemands, type WarmKind, warmKind } from './warm-demand.ts'
import { type WarmPin, WarmPins } from './warm-pins.ts'
import { planWarm } from './warm-plan.ts'
import { WarmPreboots } from './warm-preboots.ts'
import { WarmSlot } from './warm-slot.ts'

/** What the engine, its shim and init hold for one container: 4 to 6 MiB were measured. */
const costBytes = 8 * 1024 * 1024
/** A run that just began is not to be disturbed: most have ended after this. */
const quietMs = 100
/** How often idle slots are looked at, and what the operator pinned is looked for. */
const tickMs = 15_000
/** At the end: a few at once. */
const removalsAtOnce = 4
const closePatienceMs = 10_000

export interface WarmOptions {
  /** What all warm sandboxes together may cost. 0: nothing is made ahead. */
  readonly budgetBytes: number
  readonly pins: readonly WarmPin[]
  /** False: nothing but init is started ahead. */
  readonly preboot?: boolean
}

export interface WarmSlotsParts extends WarmOptions {
  readonly maker: SandboxMaker
  /** Which of them have an image here; never pulls. */
  readonly present: (environments: readonly Environment[], signal: AbortSignal) => Promise<readonly ResolvedImage[]>
}

/** `answers` asks whether it lives, once. Absent where that is known. */
export interface OpenedWarm {
  readonly sandbox: DockerSandbox
  readonly answers?: () => Promise<boolean>
}

interface Filling {
  readonly key: string
  readonly slot: Promise<WarmSlot | undefined>
  /** Somebody waits for it. */
  isTaken: boolean
}

/**
 * Sandboxes that are made ahead: created, started, attached, with init waiting. Each serves one request and is never used again. One
 * is made at a time, and none while a sandbox is opened cold: the engine is busy enough then.
 */
export class WarmSlots {
  readonly #parts: WarmSlotsParts
  readonly #demands = new WarmDemands()
  readonly #pins: WarmPins
  readonly #backoff = new Backoff()
  readonly #preboots: WarmPreboots
  /** Nothing new is made after it. */
  readonly #closed = new AbortController()
  /** Nothing is waited for after it. */
  readonly #abandoned = new AbortController()
  readonly #slots = new Set<WarmSlot>()
  #filling: Filling | undefined
  #coldStarts = 0
  #quietUntilMs = 0
  #tending: Promise<void> | undefined
  #tick: NodeJS.Timeout | undefined
  #wakeUp: NodeJS.Timeout | undefined

  constructor(parts: WarmSlotsParts) {
    this.#parts = parts
    this.#preboots = new WarmPreboots(parts.preboot ?? true)
    this.#pins = new WarmPins(parts.pins, parts.present)
  }

  get count(): number {
    return this.#slots.size
  }

  /** From here on pins are filled, and idle slots looked after. May be repeated. */
  start(): void {
    if (this.#tick !== undefined || this.#closed.signal.aborted) return
    this.#tick = setInterval(() => void this.#lookAround(), tickMs)
    void this.#lookAround()
  }

  /** A sandbox that was made ahead and fits, or undefined. */
  async open(request: SandboxRequest, signal: AbortSignal): Promise<OpenedWarm | undefined> {
    if (this.#closed.signal.aborted) return undefined
    const kind = warmKind(request)
    this.#demands.note(kind, performance.now())
    this.#disturb()
    this.start()
    try {
      const waiting = await this.#takeWaiting(kind, request)
      const slot = waiting ?? (await this.#takeFilling(kind, request, signal))
      if (slot === undefined) return undefined
      void slot.made.rename(request)
      const { sandbox } = slot.made
      // What was just made has just answered.
      return waiting === undefined || request.onlyOnce ? { sandbox } : { sandbox, answers: () => this.#ask(slot) }
    } finally {
      this.#disturb()
    }
  }

  /** Runs a cold start; nothing is made ahead meanwhile. */
  async giveWay<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#coldStarts += 1
    try {
      return await work()
    } finally {
      this.#coldStarts -= 1
      this.#disturb()
    }
  }

  /** Removes all of them; nothing is made any more. */
  async close(): Promise<void> {
    this.#closed.abort(new Error('the platform is closed'))
    clearInterval(this.#tick)
    clearTimeout(this.#wakeUp)
    // What is just being made is made, and removed then: an engine that is interrupted can leave it behind.
    const timer = setTimeout(() => this.#abandoned.abort(), closePatienceMs)
    await this.#tending
    clearTimeout(timer)
    const queue = this.#slots.values()
    const removeNext = async () => {
      for (const slot of queue) await this.#remove(slot)
    }
    await Promise.all(Array.from({ length: removalsAtOnce }, removeNext))
  }

  /** One that lives, where the request cannot bear to find out later. */
  async #takeWaiting(kind: WarmKind, request: SandboxRequest): Promise<WarmSlot | undefined> {
    for (;;) {
      const slot = [...this.#slots].find(candidate => candidate.serves(kind.key, request.deadline))
      if (slot === undefined) return undefined
      // Before anything is waited for: nobody else may take it.
      this.#slots.delete(slot)
      if (!request.onlyOnce || (await this.#ask(slot))) return slot
      void this.#remove(slot)
    }
  }

  async #ask(slot: WarmSlot): Promise<boolean> {
    const isAlive = await slot.answers()
    if (!isAlive) this.#backoff.fail()
    return isAlive
  }

  /** One that is just being made is there sooner than one that would have to be made from the beginning. */
  async #takeFilling(kind: WarmKind, request: SandboxRequest, signal: AbortSignal): Promise<WarmSlot | undefined> {
    const filling = this.#filling
    if (filling === undefined || filling.isTaken || filling.key !== kind.key) return undefined
    filling.isTaken = true
    const { promise: aborted, resolve } = Promise.withResolvers<void>()
    const onAbort = () => resolve()
    signal.addEventListener('abort', onAbort, { once: true })
    await Promise.race([filling.slot, aborted])
    signal.removeEventListener('abort', onAbort)
    if (signal.aborted) {
      filling.isTaken = false
      signal.throwIfAborted()
    }
    const slot = await filling.slot
    if (slot === undefined || !this.#slots.has(slot) || !slot.serves(kind.key, request.deadline)) return undefined
    this.#slots.delete(slot)
    return slot
  }

  #disturb(): void {
    this.#quietUntilMs = performance.now() + quietMs
    this.#tendIn(quietMs)
  }

  #tendIn(ms: number): void {
    clearTimeout(this.#wakeUp)
    if (!this.#closed.signal.aborted) this.#wakeUp = setTimeout(() => this.#tend(), ms)
  }

  #tend(): void {
    if (this.#closed.signal.aborted) return
    this.#tending ??= this.#adjust().finally(() => {
      this.#tending = undefined
    })
  }

  /** Pins may have become present, slots may be stuck without having ended. */
  async #lookAround(): Promise<void> {
    await this.#pins.look(this.#closed.signal)
    for (const slot of [...this.#slots]) {
      if (!this.#slots.has(slot) || (await slot.answers())) continue
      if (this.#slots.delete(slot)) void this.#remove(slot)
    }
    this.#tend()
  }

  /** Makes what is missing and removes what is too much, one after another, until it is as it should be or has to wait. */
  async #adjust(): Promise<void> {
    while (!this.#closed.signal.aborted && this.#coldStarts === 0) {
      const waitMs = Math.max(this.#quietUntilMs - performance.now(), this.#backoff.waitMs())
      if (waitMs > 0) return this.#tendIn(waitMs)
      const { surplus, missing } = this.#compare()
      if (surplus !== undefined) await this.#remove(surplus)
      else if (missing !== undefined) await this.#fill(missing)
      else return
    }
  }

  #compare(): { readonly surplus?: WarmSlot; readonly missing?: WarmKind } {
    const kinds = this.#kinds()
    const plan = planWarm(
      kinds.map(kind => ({ ...kind, image: kind.image.reference, costBytes: costBytes + this.#preboots.costOf(kind) })),
      this.#parts.budgetBytes,
    )
    const kept = new Map<string, number>()
    for (const slot of this.#slots) {
      const count = (kept.get(slot.kind.key) ?? 0) + 1
      if (slot.isOld() || count > (plan.get(slot.kind.key) ?? 0)) return { surplus: slot }
      kept.set(slot.kind.key, count)
    }
    return { missing: kinds.find(kind => (kept.get(kind.key) ?? 0) < (plan.get(kind.key) ?? 0)) }
  }

  /** What is pinned and not in use comes last. */
  #kinds() {
    const demands = this.#demands.list(performance.now())
    const used = new Set(demands.map(demand => demand.key))
    const unused = this.#pins.kinds().filter(pin => !used.has(pin.key))
    return [
      ...demands.map(demand => ({ ...demand, pinned: this.#pins.countOf(demand.key) })),
      ...unused.map(pin => ({ ...pin, openedAtMs: [], pinned: this.#pins.countOf(pin.key) })),
    ]
  }

  async #fill(kind: WarmKind): Promise<void> {
    const filling = { key: kind.key, slot: this.#make(kind), isTaken: false }
    this.#filling = filling
    const slot = await filling.slot
    this.#filling = undefined
    if (slot === undefined) return
    void slot.closed.then(() => {
      if (!this.#slots.delete(slot)) return
      this.#backoff.fail()
      void this.#remove(slot)
      this.#tendIn(0)
    })
  }

  async #make(kind: WarmKind): Promise<WarmSlot | undefined> {
    try {
      const wanted = this.#preboots.wanted(kind)
      const slot = await WarmSlot.make(this.#parts.maker, warmName(), wanted, this.#abandoned.signal)
      this.#preboots.note(wanted, slot.prebootBytes)
      this.#slots.add(slot)
      this.#backoff.succeed()
      return slot
    } catch {
      // The engine is away, or the image: who opens a sandbox will be told. Here it is only a reason to wait.
      this.#backoff.fail()
      return undefined
    }
  }

  async #remove(slot: WarmSlot): Promise<void> {
    this.#slots.delete(slot)
    await slot.made.sandbox[Symbol.asyncDispose]()
  }
}
