import { setTimeout as pause } from 'node:timers/promises'
import type { KillableServer } from './killable-server.ts'

const startAgainMs = 200

/** A place for a process of an installation, in which one follows another, as a supervisor has it. */
export class Member {
  readonly role: 'api' | 'worker'
  /** Of all that it ever had. */
  readonly processIds: number[] = []
  readonly #start: () => KillableServer
  #server: KillableServer
  #url: string | undefined
  #listening: KillableServer | undefined
  /** Ended by whoever has the member, not by itself. */
  readonly #asked = new WeakSet<KillableServer>()
  /** The logs of those that ended by themselves after they had listened. */
  readonly #broken: string[] = []

  constructor(role: 'api' | 'worker', start: () => KillableServer) {
    this.role = role
    this.#start = start
    this.#server = this.#next()
  }

  get server(): KillableServer {
    return this.#server
  }

  /** Of the process before, until the next one listens: nobody tells clients that it died. */
  get url(): string | undefined {
    return this.#url
  }

  /** This one, not one before it. */
  get listens(): boolean {
    return this.#listening === this.#server
  }

  get broken(): readonly string[] {
    return this.#broken
  }

  /** Ends the process, and starts the next one in its place. Gives the one that ended. */
  async replace(signal: 'SIGKILL' | 'SIGTERM'): Promise<KillableServer> {
    const ended = this.#server
    await this.end(signal)
    this.#server = this.#next()
    return ended
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const server = this.#server
    this.#asked.add(server)
    await server.end(signal)
  }

  #next(): KillableServer {
    const server = this.#start()
    this.processIds.push(server.pid)
    void this.#watch(server)
    return server
  }

  /** One that does not find its database cannot start, and is tried again. */
  async #watch(server: KillableServer): Promise<void> {
    const url = await server.url
    if (url !== undefined) {
      this.#url = url
      this.#listening = server
    }
    await server.ended()
    if (url !== undefined && !this.#asked.has(server)) this.#broken.push(server.log)
    await pause(startAgainMs)
    if (!this.#asked.has(server)) this.#server = this.#next()
  }
}
