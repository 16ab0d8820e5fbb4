import { randomUUID } from 'node:crypto'
import { EmitterHints } from '../emitter-hints.ts'
import type { Hints, HintTopic } from '../hints.ts'
import { ListeningConnection } from './listening-connection.ts'

const channel = 'run_it'
/** PostgreSQL takes 8000 bytes in one notification. */
const maxPayloadBytes = 7_500
/** Stands for every topic there is. */
const all = '*'
/** More than so many at once are one for everybody. */
const maxPending = 1_000

/**
 * Hints among all processes on one database. In this process they are heard at once; the others get them over one connection, those of
 * the same moment together, and never as a part of the transaction that they tell of: that would make all commits wait for each other.
 */
export class NotifyHints implements Hints {
  readonly #here = new EmitterHints()
  /** So that nobody hears twice what he said himself. */
  readonly #sender = randomUUID().slice(0, 8)
  readonly #connection: ListeningConnection
  readonly #pending = new Set<string>()
  #flush: NodeJS.Immediate | undefined

  /** `name`: for those who look at the server's list of connections. */
  constructor(url: string, name: string) {
    this.#connection = new ListeningConnection({
      url,
      name,
      channel,
      onNotification: payload => this.#hear(payload),
      // Whatever was said meanwhile is lost.
      onConnected: () => this.#here.publishAll(),
    })
  }

  publish(topic: HintTopic): void {
    this.#here.publish(topic)
    this.#pending.add(this.#pending.size < maxPending ? topic : all)
    this.#flush ??= setImmediate(() => this.#send())
  }

  subscribe(topic: HintTopic, listener: () => void): () => void {
    return this.#here.subscribe(topic, listener)
  }

  async close(): Promise<void> {
    clearImmediate(this.#flush)
    this.#send()
    await this.#connection.close()
  }

  #send(): void {
    this.#flush = undefined
    const topics = this.#pending.has(all) ? [all] : [...this.#pending]
    this.#pending.clear()
    let payload = this.#sender
    for (const topic of topics) {
      if (payload.length + topic.length + 1 > maxPayloadBytes) {
        this.#connection.notify(payload)
        payload = this.#sender
      }
      payload += ` ${topic}`
    }
    if (topics.length > 0) this.#connection.notify(payload)
  }

  #hear(payload: string): void {
    const [sender, ...topics] = payload.split(' ')
    if (sender === this.#sender) return
    for (const topic of topics) {
      if (topic === all) this.#here.publishAll()
      else this.#here.publish(topic as HintTopic)
    }
  }
}
