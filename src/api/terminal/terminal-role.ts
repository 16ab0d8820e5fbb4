import { randomUUID } from 'node:crypto'
import type { RunId } from '../../run/id.ts'
import type { RunInput } from '../../run/terminal.ts'
import { type AppendResult, writerTimeoutMs } from '../../store/terminal-store.ts'
import { Wake } from '../../store/wake.ts'
import type { ApiParts } from '../api-parts.ts'

export type Role = 'writer' | 'watcher'

/** A hint may be lost, so whoever waits for room looks by himself this often. */
const pollMs = 1000
/** One that is late, or lost, must not cost a writer his place. */
const renewMs = writerTimeoutMs / 3

/** One connection's part in who may write: it asks for the place, keeps it while it is there, and leaves it when it goes. */
export class TerminalRole {
  readonly #parts: Pick<ApiParts, 'terminals' | 'hints'>
  readonly #id: RunId
  readonly #token = randomUUID()
  readonly #onRole: (role: Role) => void
  #role: Role | undefined
  readonly #decided = Promise.withResolvers<void>()

  constructor(parts: Pick<ApiParts, 'terminals' | 'hints'>, id: RunId, onRole: (role: Role) => void) {
    this.#parts = parts
    this.#id = id
    this.#onRole = onRole
  }

  /** Resolves with the first word on who writes, or when there will be none. Does not reject. */
  get decided(): Promise<void> {
    return this.#decided.promise
  }

  /** Until it is aborted: takes the place when it is free, and shows that somebody is there. */
  async keep(signal: AbortSignal): Promise<void> {
    using wake = new Wake(this.#parts.hints, `writer:${this.#id}`)
    try {
      while (!signal.aborted) {
        this.#become((await this.#parts.terminals.hold(this.#id, this.#token)) ? 'writer' : 'watcher')
        await wake.next(renewMs, signal)
      }
    } finally {
      this.#decided.resolve()
    }
    if (this.#role === 'writer') await this.#parts.terminals.release(this.#id, this.#token)
  }

  /** Waits while too much waits already, and for the first word on who writes. */
  async write(input: RunInput, signal: AbortSignal): Promise<AppendResult> {
    await this.#decided.promise
    using wake = new Wake(this.#parts.hints, `taken:${this.#id}`)
    for (;;) {
      const result = await this.#parts.terminals.append(this.#id, this.#token, input)
      if (result !== 'full' || signal.aborted) return result
      await wake.next(pollMs, signal)
    }
  }

  #become(role: Role): void {
    if (role === this.#role) return
    this.#role = role
    this.#decided.resolve()
    this.#onRole(role)
  }
}
