import type { RunId } from '../run/id.ts'

/** Events as they go over the line: made once, and sent to everybody who is at this place of the log. */
export interface Page {
  readonly bytes: Buffer
  readonly lastSequence: number
  /** The `finished` event is the last one in it. */
  readonly isEnd: boolean
}

/** Of all runs together. Followers who do not read hold theirs beside. */
const maxKeptBytes = 8 * 1024 * 1024
/** What a page costs beside its bytes, so that many small ones are bounded too. */
const overheadBytes = 512

/** The pages that were used last. What is in a log never changes, so a page is right for as long as it is kept. */
export class KeptPages {
  readonly #pages = new Map<string, Page>()
  #bytes = 0

  get(id: RunId, after: number): Page | undefined {
    const key = `${id} ${after}`
    const page = this.#pages.get(key)
    if (page === undefined) return undefined
    this.#pages.delete(key)
    this.#pages.set(key, page)
    return page
  }

  put(id: RunId, after: number, page: Page): void {
    const key = `${id} ${after}`
    this.#remove(key)
    this.#pages.set(key, page)
    this.#bytes += sizeOf(page)
    for (const oldest of this.#pages.keys()) {
      if (this.#bytes <= maxKeptBytes) break
      this.#remove(oldest)
    }
  }

  #remove(key: string): void {
    const page = this.#pages.get(key)
    if (page === undefined) return
    this.#pages.delete(key)
    this.#bytes -= sizeOf(page)
  }
}

function sizeOf(page: Page): number {
  return page.bytes.length + overheadBytes
}
