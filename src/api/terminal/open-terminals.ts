import type { RunId } from '../../run/id.ts'
import { Problem } from '../../run/problem.ts'

/** Each follows its run, and may hold some messages that wait. */
const maxTerminals = 256
const maxTerminalsPerRun = 32
const retryAfterSeconds = 5

/** How many are connected, so that they stay few enough. */
export class OpenTerminals {
  readonly #perRun = new Map<RunId, number>()
  #count = 0

  /** Throws the problem `too-many-terminals`. To be asked before the upgrade, when a refusal can still be told. */
  refuseIfFull(id: RunId): void {
    const ofRun = this.#perRun.get(id) ?? 0
    if (this.#count < maxTerminals && ofRun < maxTerminalsPerRun) return
    const detail =
      ofRun < maxTerminalsPerRun ? `${this.#count} terminals are connected.` : `The run has ${ofRun} terminals already.`
    throw new Problem('too-many-terminals', detail, { retryAfterSeconds })
  }

  add(id: RunId): Disposable {
    this.#count += 1
    this.#perRun.set(id, (this.#perRun.get(id) ?? 0) + 1)
    return {
      [Symbol.dispose]: () => {
        this.#count -= 1
        const left = (this.#perRun.get(id) ?? 1) - 1
        if (left === 0) this.#perRun.delete(id)
        else this.#perRun.set(id, left)
      },
    }
  }
}
