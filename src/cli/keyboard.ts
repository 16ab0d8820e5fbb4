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
  readonly #options: KeyboardOptions
  readonly #onResize = () => this.#tellSize()
  /** Of a program that has begun. */
  #terminal: Terminal | undefined
  #isWriter = false
  #isOpen = false
  #escapes = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(context: CliContext, options: KeyboardOptions) {
    this.#context = context
    this.#options = options
  }

  /** When the program begins: until then Ctrl-C is ours, and what is typed waits. May be repeated. */
  start(terminal: Terminal): void {
    if (this.#terminal !== undefined) return
    this.#terminal = terminal
    this.#adjust()
  }

  /** While another client writes, keys are for nobody, and a pipe waits: nothing of it may be lost. */
  take(role: 'writer' | 'watcher'): void {
    this.#isWriter = role === 'writer'
    this.#adjust()
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return
    const { stdin, stdout } = this.#context
    if (this.#options.isRaw) {
      stdout.off('resize', this.#onResize)
      stdin.setRawMode?.(false)
    }
    // Open, it would keep the process alive.
    stdin.destroy()
  }

  #adjust(): void {
    if (this.#terminal === undefined) return
    if (this.#isWriter && !this.#isOpen) this.#open(this.#terminal)
    else if (this.#isOpen && !this.#options.isRaw) this.#flow()
    if (this.#isOpen && this.#options.isRaw) this.#tellSize()
  }

  #open(terminal: Terminal): void {
    this.#isOpen = true
    const { stdin, stdout, stderr } = this.#context
    if (this.#options.isRaw) {
      stderr.write(`run-it: Ctrl-] three times ${this.#options.escapeText}\n`)
      stdin.setRawMode?.(true)
      // The program's terminal has made its line ends already, and a full-screen program wants none made.
      this.#context.passOutput?.()
      stdout.on('resize', this.#onResize)
    }
    stdin.on('data', (chunk: Uint8Array | string) => this.#read(Buffer.from(chunk as Uint8Array), terminal))
    stdin.once('end', () => void this.#writing.then(() => terminal.end()))
    // A terminal that is closed takes the process along by its signal.
    stdin.on('error', () => {})
  }

  #read(bytes: Buffer, terminal: Terminal): void {
    if (this.#options.isRaw && this.#leadsOut(bytes)) this.#options.onEscape()
    if (this.#options.isRaw && !this.#isWriter) return
    this.#context.stdin.pause()
    this.#writing = terminal.write(bytes).then(() => this.#flow())
  }

  #flow(): void {
    if (this.#isWriter || this.#options.isRaw) this.#context.stdin.resume()
    else this.#context.stdin.pause()
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
    if (this.#isWriter && columns && rows) this.#terminal?.resize(columns, rows)
  }
}
