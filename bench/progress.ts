import type { Writable } from 'node:stream'

/** On anything but a terminal a line each so often is enough. */
const lineEveryMs = 10_000

/** What is being measured, in one line that changes; where lines cannot change, now and then a new one. */
export class Progress {
  readonly #output: Writable & { readonly isTTY?: boolean }
  #lastLineMs = Number.NEGATIVE_INFINITY

  constructor(output: Writable & { readonly isTTY?: boolean }) {
    this.#output = output
  }

  begin(scenario: string): void {
    this.#lastLineMs = Number.NEGATIVE_INFINITY
    this.say(scenario, 'starting')
  }

  say(scenario: string, text: string): void {
    if (this.#output.isTTY === true) {
      this.#output.write(`\r\x1b[K${scenario}: ${text}`)
    } else if (performance.now() - this.#lastLineMs >= lineEveryMs) {
      this.#lastLineMs = performance.now()
      this.#output.write(`${scenario}: ${text}\n`)
    }
  }

  end(): void {
    if (this.#output.isTTY === true) this.#output.write('\r\x1b[K')
  }
}
