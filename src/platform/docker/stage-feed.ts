import type { RunInput } from '../../run/terminal.ts'
import type { StageRequest } from '../platform.ts'
import { encodeFrame, encodeResize, encodeSignal, toInit } from './frame.ts'
import type { InitChannel } from './init-channel.ts'

/** How much of stdin may be on the way to init without its acknowledgement. */
const stdinWindowBytes = 65_536
/**
 * How much may wait here for a program that does not read, so that a signal after it still comes through. What comes after that
 * stays where it comes from.
 */
const aheadBytes = 65_536

/** Made once: an error costs its stack, and a stage is over for each run. */
const stageOver = new Error('The stage is over')

/** What goes to a running stage: its stdin under init's flow control, and what else is done to it while it runs. */
export class StageFeed {
  readonly #channel: InitChannel
  readonly #pending: Uint8Array[] = []
  #pendingBytes = 0
  /** Of the stdin: said by whoever feeds, and passed on once nothing is pending. */
  #end: 'open' | 'said' | 'sent' = 'open'
  /** One sender at a time, so that pieces stay in order; who comes meanwhile makes it look again. */
  #isSending = false
  #again = false
  #onRoom: () => void = () => {}
  readonly #over = new AbortController()

  constructor(channel: InitChannel) {
    this.#channel = channel
  }

  /** To be called once, when the stage has been sent. Resolves when there is nothing to wait for but the program. */
  async start({ stdin, input }: Pick<StageRequest, 'stdin' | 'input'>): Promise<void> {
    this.#push(stdin)
    if (input === undefined) this.#end = 'said'
    else void this.#follow(input(this.#over.signal)).catch(() => this.#sayEnd())
    await this.#send()
  }

  /** Init acknowledged some of it. */
  taken(): void {
    void this.#send()
  }

  /** The stage is over: nothing more is asked for, and nothing more is sent, which would be for the next one. */
  stop(): void {
    this.#over.abort(stageOver)
    this.#onRoom()
  }

  async #follow(input: AsyncIterable<RunInput>): Promise<void> {
    for await (const event of input) {
      if (this.#over.signal.aborted) return
      await this.#apply(event)
    }
    await this.#sayEnd()
  }

  async #apply(event: RunInput): Promise<void> {
    switch (event.type) {
      case 'stdin':
        if (this.#end !== 'open') return
        this.#push(event.bytes)
        void this.#send()
        while (this.#pendingBytes > aheadBytes && !this.#over.signal.aborted) await this.#room()
        return
      case 'end':
        return this.#sayEnd()
      case 'signal':
        return this.#channel.send(encodeSignal(event.signal))
      case 'resize':
        return this.#channel.send(encodeResize(event.size))
    }
  }

  async #sayEnd(): Promise<void> {
    if (this.#end !== 'open') return
    this.#end = 'said'
    await this.#send()
  }

  #push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
  }

  #room(): Promise<void> {
    return new Promise(resolve => {
      this.#onRoom = resolve
    })
  }

  async #send(): Promise<void> {
    this.#again = true
    if (this.#isSending) return
    this.#isSending = true
    while (this.#again) {
      this.#again = false
      await this.#sendAll()
    }
    this.#isSending = false
  }

  async #sendAll(): Promise<void> {
    for (let bytes = this.#next(); bytes !== undefined; bytes = this.#next()) {
      await this.#channel.send(encodeFrame(toInit.stdin, bytes))
    }
    if (this.#end === 'said' && this.#pendingBytes === 0 && !this.#over.signal.aborted) {
      this.#end = 'sent'
      await this.#channel.send(encodeFrame(toInit.stdinEnd))
    }
  }

  /** As much of the first piece as may go now. */
  #next(): Uint8Array | undefined {
    const windowBytes = stdinWindowBytes - this.#channel.stdinOnTheWay
    const first = this.#pending[0]
    if (first === undefined || windowBytes <= 0 || this.#over.signal.aborted) return undefined
    const bytes = first.subarray(0, windowBytes)
    if (bytes.length === first.length) this.#pending.shift()
    else this.#pending[0] = first.subarray(bytes.length)
    this.#pendingBytes -= bytes.length
    this.#channel.stdinOnTheWay += bytes.length
    this.#onRoom()
    return bytes
  }
}
