import { EventEmitter, once } from 'node:events'
import type { Platform, PlatformInfo } from '../platform/platform.ts'
import { pause } from './pause.ts'

const healthyIntervalMs = 2_000
const firstRetryMs = 250
const lastRetryMs = 4_000

export type PlatformState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'up'; readonly info: PlatformInfo }
  | { readonly kind: 'down'; readonly error: string }

/** Knows whether the engine is there. Nobody takes a run while it is not: a run that waits in the queue loses nothing. */
export class PlatformMonitor {
  readonly #platform: Platform
  readonly #changes = new EventEmitter<{ change: [] }>()
  #state: PlatformState = { kind: 'unknown' }

  constructor(platform: Platform) {
    this.#platform = platform
    this.#changes.setMaxListeners(0)
  }

  get state(): PlatformState {
    return this.#state
  }

  /** Of the images that it runs; undefined while it is away. */
  get architecture(): string | undefined {
    return this.#state.kind === 'up' ? this.#state.info.architecture : undefined
  }

  onChange(listener: () => void): void {
    this.#changes.on('change', listener)
  }

  /** Looks now. True when the engine answered. */
  async look(signal: AbortSignal): Promise<boolean> {
    try {
      this.#become({ kind: 'up', info: await this.#platform.check(signal) })
      return true
    } catch (error) {
      if (!signal.aborted) this.#become({ kind: 'down', error: error instanceof Error ? error.message : String(error) })
      return false
    }
  }

  async waitUntilUp(signal: AbortSignal): Promise<void> {
    while (this.#state.kind !== 'up') await once(this.#changes, 'change', { signal })
  }

  /** Keeps looking until the signal is aborted: faster, with backoff, while the engine is away. */
  async watch(signal: AbortSignal): Promise<void> {
    let retryMs = firstRetryMs
    while (!signal.aborted) {
      const isUp = await this.look(signal)
      retryMs = isUp ? firstRetryMs : Math.min(retryMs * 2, lastRetryMs)
      await pause(isUp ? healthyIntervalMs : retryMs, signal)
    }
  }

  #become(state: PlatformState): void {
    const changed = JSON.stringify(state) !== JSON.stringify(this.#state)
    this.#state = state
    if (changed) this.#changes.emit('change')
  }
}
