import type { RunEvent } from '../run/event.ts'
import type { RunId } from '../run/id.ts'
import type { ApiParts } from './api-parts.ts'
import { eventJson, finishedEventJson, serverSentEvent } from './event-json.ts'
import { KeptPages, type Page } from './kept-pages.ts'
import { pollMs } from './wait-until.ts'

/** What one follower holds who does not read. An event has at most as much output as this. */
const pageBytes = 64 * 1024
/** Pages end at multiples of this, so that followers who began at different places soon share them. */
const eventsPerPage = 64

type Parts = Pick<ApiParts, 'runs' | 'events' | 'hints'>

/** What followers read. However many follow a run, its events are read from the database and written as text once. */
export class EventPages {
  readonly #parts: Parts
  readonly #followed = new Map<RunId, { readonly pages: RunPages; followers: number }>()
  readonly #kept = new KeptPages()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The pages of one run, for one more follower; to be disposed when he leaves. */
  follow(id: RunId): { readonly pages: RunPages } & Disposable {
    const entry = this.#followed.get(id) ?? { pages: new RunPages(this.#parts, id, this.#kept), followers: 0 }
    entry.followers += 1
    this.#followed.set(id, entry)
    const leave = () => {
      entry.followers -= 1
      if (entry.followers > 0) return
      this.#followed.delete(id)
      entry.pages[Symbol.dispose]()
    }
    return { pages: entry.pages, [Symbol.dispose]: leave }
  }
}

/** What is known about the place after which nothing was found. */
interface Head {
  readonly after: number
  readonly hints: number
  readonly atMs: number
  readonly isOver: boolean
}

/** What is next: a page, nothing yet, or nothing ever. */
type Next = Page | 'over' | undefined

export class RunPages implements Disposable {
  readonly #parts: Parts
  readonly #id: RunId
  readonly #kept: KeptPages
  readonly #looking = new Map<string, Promise<Next>>()
  readonly #unsubscribe: () => void
  #hints = 0
  #head: Head | undefined

  constructor(parts: Parts, id: RunId, kept: KeptPages) {
    this.#parts = parts
    this.#id = id
    this.#kept = kept
    // Before any follower does, so that whoever is woken finds it counted.
    this.#unsubscribe = parts.hints.subscribe(`run:${id}`, () => {
      this.#hints += 1
    })
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }

  /** The page after a sequence; undefined when there is none yet, `over` when there will never be one. */
  async next(after: number): Promise<Next> {
    const kept = this.#kept.get(this.#id, after)
    if (kept !== undefined) return kept
    const head = this.#headAt(after)
    if (head !== undefined) return head.isOver ? 'over' : undefined
    return await this.#lookOnce(after)
  }

  /** Still to be believed: nobody said since that something changed, and hints are not lost for long. */
  #headAt(after: number): Head | undefined {
    const head = this.#head
    if (head?.after !== after || head.hints !== this.#hints) return undefined
    return performance.now() - head.atMs < pollMs ? head : undefined
  }

  /** Whoever wants the same page waits for the same look, unless something changed after that one had begun. */
  #lookOnce(after: number): Promise<Next> {
    const key = `${after} ${this.#hints}`
    const running = this.#looking.get(key)
    if (running !== undefined) return running
    const looking = this.#look(after, this.#hints).finally(() => this.#looking.delete(key))
    this.#looking.set(key, looking)
    return looking
  }

  async #look(after: number, hints: number): Promise<Next> {
    const page = await this.#read(after, hints)
    if (page !== undefined) return page
    const state = await this.#parts.runs.stateOf(this.#id)
    // The end may have come between the two looks.
    const end = state === 'finished' ? await this.#read(after, hints) : undefined
    if (end !== undefined) return end
    const isOver = state === undefined || state === 'finished'
    this.#head = { after, hints, atMs: performance.now(), isOver }
    return isOver ? 'over' : undefined
  }

  async #read(after: number, hints: number): Promise<Page | undefined> {
    const limit = eventsPerPage - (after % eventsPerPage)
    const { events, isLast } = await this.#parts.events.page(this.#id, { after, limit, maxBytes: pageBytes })
    const last = events.at(-1)
    if (last === undefined) return undefined
    const texts: string[] = []
    for (const event of events) texts.push(await this.#text(event))
    const isEnd = last.type === 'finished'
    const page = { bytes: Buffer.from(texts.join('')), lastSequence: last.sequence, isEnd }
    if (!isEnd) this.#kept.put(this.#id, after, page)
    if (isLast) this.#head = { after: last.sequence, hints, atMs: performance.now(), isOver: isEnd }
    return page
  }

  async #text(event: RunEvent): Promise<string> {
    if (event.type !== 'finished') return serverSentEvent(eventJson(event))
    const run = await this.#parts.runs.find(this.#id)
    // It was deleted meanwhile: there is no end to tell, and the stream just ends.
    return run === undefined ? '' : serverSentEvent(finishedEventJson(event, run))
  }
}
