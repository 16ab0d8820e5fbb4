import type { Terminal } from '@run-it/sdk'
import type { CliContext } from './context.ts'

/** Ctrl-]: three of them in a row lead out, whatever the program does with its keys. */
const escapeByte = 0x1d
const escapeCount = 3

export interface KeyboardOptions {
  /** The program has a terminal, and ours is to be like it: every key goes there as it is. */
  readonly isRaw: boolean
  /** What the keys that lead out do, as in "Ctrl-] three times ends the run". */
  readonly escapeText: string
  readonly onEscape: () => void
}

/** What is typed, or comes through a pipe, on its way to a run. Disposing it gives the terminal back as it was. */
export class Keyboard implements Disposable {
  readonly #context: CliContext
  readonly #terminal: Terminal
  readonly #options: KeyboardOptions
  readonly #onResize = () => this.#tellSize()
  #isStarted = false
  #escapes = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(context: CliContext, terminal: Terminal, options: KeyboardOptions) {
    this.#context = context
    this.#terminal = terminal
    this.#options = options
  }

  /** When the program begins: until then Ctrl-C is ours, and what is typed waits. May be repeated. */
  start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    const { stdin, stdout, stderr } = this.#context
    if (this.#options.isRaw) {
      stderr.write(`run-it: Ctrl-] three times ${this.#options.escapeText}\n`)
      stdin.setRawMode?.(true)
      // The program's terminal has made its line ends already, and a full-screen program wants none made.
      this.#context.passOutput?.()
      stdout.on('resize', this.#onResize)
      this.#tellSize()
    }
    stdin.on('data', (chunk: Uint8Array | string) => this.#take(Buffer.from(chunk as Uint8Array)))
    stdin.once('end', () => void this.#writing.then(() => this.#terminal.end()))
    // A terminal that is closed takes the process along by its signal.
    stdin.on('error', () => {})
  }

  [Symbol.dispose](): void {
    if (!this.#isStarted) return
    const { stdin, stdout } = this.#context
    if (this.#options.isRaw) {
      stdout.off('resize', this.#onResize)
      stdin.setRawMode?.(false)
    }
    // Open, it would keep the process alive.
    stdin.destroy()
  }

  #take(bytes: Buffer): void {
    if (this.#options.isRaw && this.#leadsOut(bytes)) this.#options.onEscape()
    this.#context.stdin.pause()
    this.#writing = this.#terminal.write(bytes).then(() => void this.#context.stdin.resume())
  }

  #leadsOut(bytes: Buffer): boolean {
    for (const byte of bytes) {
      this.#escapes = byte === escapeByte ? this.#escapes + 1 : 0
      if (this.#escapes === escapeCount) return true
    }
    return false
  }

  #tellSize(): void {
    const { columns, rows } = this.#context.stdout
    if (columns && rows) this.#terminal.resize(columns, rows)
  }
}
