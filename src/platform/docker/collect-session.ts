import type { ListedFile, WorkingFolder } from '../collect-files.ts'
import { PlatformError } from '../platform-error.ts'
import { encodeList, encodeRead, type InitFrame } from './frame.ts'
import type { InitChannel } from './init-channel.ts'

/** What init may look at. A folder with more is looked into as far as this goes, from the top. */
const listBounds = { entries: 50_000, depth: 32, pathBytes: 1024, timeMs: 5_000 } as const

/** The working folder of a sandbox, through its init, which answers in the order in which it was asked. Only while no stage runs. */
export class CollectSession implements WorkingFolder {
  readonly #channel: InitChannel
  /** Who waits for an answer, the next one first. */
  readonly #asking: ((frame: InitFrame) => void)[] = []

  constructor(channel: InitChannel) {
    this.#channel = channel
    channel.listen(frame => this.#asking[0]?.(frame))
  }

  list(onFile: (file: ListedFile) => void): Promise<boolean> {
    return this.#ask<boolean>(encodeList(listBounds), (frame, resolve) => {
      if (frame.type === 'entry') onFile(frame)
      if (frame.type === 'list-end') resolve(frame.missed === 0)
    })
  }

  read(path: string, bytes: number): Promise<Uint8Array | 'unreadable' | 'too-large'> {
    const content = new Uint8Array(bytes)
    let at = 0
    return this.#ask<Uint8Array | 'unreadable' | 'too-large'>(encodeRead(path, bytes), (frame, resolve) => {
      if (frame.type === 'read-data') {
        // Thrown where the frame was received: the line is cut, for whoever says this is not our init any more.
        if (at + frame.bytes.length > bytes) throw new RangeError('init sent more of a file than was asked for')
        content.set(frame.bytes, at)
        at += frame.bytes.length
      }
      if (frame.type === 'read-end') {
        resolve(frame.errno !== 0 ? 'unreadable' : frame.truncated ? 'too-large' : content.subarray(0, at))
      }
    })
  }

  async #ask<Answer>(
    question: Buffer,
    hear: (frame: InitFrame, resolve: (answer: Answer) => void) => void,
  ): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>()
    const end = (answer: Answer) => {
      this.#asking.shift()
      resolve(answer)
    }
    this.#asking.push(frame => hear(frame, end))
    await this.#channel.send(question)
    const lost = this.#channel.closed.then(() => {
      throw new PlatformError(
        'sandbox-lost',
        `The sandbox ended before its files were read${this.#channel.complaint()}`,
      )
    })
    return await Promise.race([promise, lost])
  }
}
