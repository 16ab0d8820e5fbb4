import type { Limits } from '../../run/limits.ts'
import type { Preboot, SandboxRequest } from '../platform.ts'
import type { DockerImage } from './images.ts'
import { containerOpenFiles } from './sandbox-config.ts'

/** After so long without a run of its kind nothing is kept warm for it. */
export const idleMs = 5 * 60_000
/** How much of the past is remembered of each kind, and of how many kinds: the oldest is forgotten first. */
const openingsKept = 64
const kindsKept = 64
/** The shortest life that a warm sandbox gets beyond its age: a run of ordinary limits fits. */
const minimumRunMs = 3 * 60_000

/** What a sandbox is made of, and cannot be changed once it is there. */
export interface WarmKind {
  readonly key: string
  readonly image: DockerImage
  /** Of the last request of this kind: the next one most likely has the same. */
  readonly limits: Limits
  /** Also of the last one. */
  readonly preboot?: Preboot
  /** The longest life that a run of this kind asked for. */
  readonly runMs: number
}

export interface WarmDemand extends WarmKind {
  /** When sandboxes of this kind were opened, the latest last. In ms of a clock of ours. */
  readonly openedAtMs: readonly number[]
}

/** Sandboxes with the same key serve the same requests. Memory and processes are not in it: the engine changes them in place. */
export function warmKey(image: DockerImage, limits: Limits): string {
  return JSON.stringify([image.reference, image.volumes, limits.diskBytes, containerOpenFiles(limits)])
}

export function warmKind(request: Pick<SandboxRequest, 'limits' | 'deadline' | 'image' | 'preboot'>): WarmKind {
  const image = request.image as DockerImage
  const runMs = Math.max(minimumRunMs, request.deadline.getTime() - Date.now())
  return { key: warmKey(image, request.limits), image, limits: request.limits, runMs, preboot: request.preboot }
}

/** Remembers what was opened lately. */
export class WarmDemands {
  readonly #demands = new Map<string, WarmDemand>()

  note(kind: WarmKind, nowMs: number): void {
    const before = this.#demands.get(kind.key)
    // At the end again: the map's order is that of the last use.
    this.#demands.delete(kind.key)
    this.#demands.set(kind.key, {
      ...kind,
      runMs: Math.max(kind.runMs, before?.runMs ?? 0),
      openedAtMs: [...(before?.openedAtMs ?? []), nowMs].slice(-openingsKept),
    })
    const [oldest] = this.#demands.keys()
    if (this.#demands.size > kindsKept && oldest !== undefined) this.#demands.delete(oldest)
  }

  /** The latest used first. */
  list(nowMs: number): readonly WarmDemand[] {
    for (const [key, { openedAtMs }] of this.#demands) {
      if (nowMs - (openedAtMs.at(-1) ?? 0) > idleMs) this.#demands.delete(key)
    }
    return [...this.#demands.values()].reverse()
  }
}
