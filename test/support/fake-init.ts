import type { Duplex } from 'node:stream'

const exitReasons = ['exited', 'signaled', 'wall', 'cpu', 'out-of-memory', 'killed', 'not-started'] as const

/** Init's end of the line, as the engine carries it: what it gets in frames, and what a test makes it say. */
export class FakeInit {
  readonly line: Duplex
  /** The types of the frames that came, in order. */
  readonly received: number[] = []
  onFrame: (type: number, payload: Buffer) => void = () => {}
  #pending = Buffer.alloc(0)

  constructor(line: Duplex) {
    this.line = line
    line.on('data', (data: Buffer) => this.#receive(data))
    line.on('error', () => {})
  }

  ready(): void {
    const version = Buffer.alloc(4)
    version.writeUInt32LE(2)
    this.say(0x81, version)
  }

  stdout(text: string): void {
    this.say(0x90, Buffer.from(text))
  }

  fileError(path: string, errno: number): void {
    const number = Buffer.alloc(4)
    number.writeUInt32LE(errno)
    this.say(0x82, Buffer.concat([number, Buffer.from(path)]))
  }

  stdinTaken(bytes: number): void {
    const count = Buffer.alloc(4)
    count.writeUInt32LE(bytes)
    this.say(0x93, count)
  }

  exit(reason: (typeof exitReasons)[number], value = 0): void {
    const payload = Buffer.alloc(35)
    payload.writeUInt8(exitReasons.indexOf(reason), 0)
    payload.writeInt32LE(value, 1)
    this.say(0x92, payload)
  }

  say(type: number, payload: Buffer): void {
    const head = Buffer.alloc(13)
    head.writeUInt8(1, 0)
    head.writeUInt32BE(5 + payload.length, 4)
    head.writeUInt32LE(payload.length, 8)
    head.writeUInt8(type, 12)
    this.line.write(Buffer.concat([head, payload]))
  }

  #receive(data: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, data])
    while (this.#pending.length >= 5 && this.#pending.length >= 5 + this.#pending.readUInt32LE(0)) {
      const end = 5 + this.#pending.readUInt32LE(0)
      const [type, payload] = [this.#pending.readUInt8(4), this.#pending.subarray(5, end)]
      this.#pending = this.#pending.subarray(end)
      this.received.push(type)
      this.onFrame(type, payload)
    }
  }
}
