import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 * - `cut`: both ends are closed. - `silence`: nothing passes any more, and nobody is told. - `delay`: what is sent arrives late. - `server-gone`: the server is told that
 *   the client has ended, the client is told nothing. - `client-gone`: the other way round. - `lose-commit`: a commit reaches the server, and its answer is lost.
 */
export type LineFault = 'cut' | 'silence' | 'delay' | 'server-gone' | 'client-gone' | 'lose-commit'

const commit = Buffer.from('commit')
/** "Ready for query", with which the server ends each answer, says so at its end (https://www.postgresql.org/docs/15/protocol-message-formats.html). */
const inTransaction = Buffer.from([0x5a, 0, 0, 0, 5, 0x54])

interface Line {
  readonly client: Socket
  readonly server: Socket
  isInTransaction: boolean
  fault: LineFault | undefined
  delayMs: number
  /** Its answer is to be lost. */
  isCommitting: boolean
}

/** Stands between an installation and its PostgreSQL, and spoils lines as a test decides. */
export class DatabaseProxy implements AsyncDisposable {
  readonly url: string
  /** What went wrong so far, and whether a transaction was going on there. */
  readonly faults: { readonly fault: LineFault; readonly isInTransaction: boolean }[] = []
  readonly #server: Server
  readonly #databasePort: number
  readonly #lines = new Set<Line>()

  private constructor(server: Server, databaseUrl: string) {
    this.#server = server
    const url = new URL(databaseUrl)
    this.#databasePort = Number(url.port)
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('A port was expected')
    url.port = String(address.port)
    this.url = url.href
    server.on('connection', client => this.#pass(client))
  }

  static async start(databaseUrl: string): Promise<DatabaseProxy> {
    const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new DatabaseProxy(server, databaseUrl)
  }

  /** Spoils one of the lines that are well, which `choose` chooses: of those in a transaction, if there are any. False if there is none. */
  spoil(fault: LineFault, choose: (lines: number) => number, delayMs = 0): boolean {
    const well = [...this.#lines].filter(line => line.fault === undefined)
    const working = well.filter(({ isInTransaction }) => isInTransaction)
    const among = working.length > 0 ? working : well
    const line = among[choose(among.length)]
    if (line === undefined) return false
    line.fault = fault
    if (fault !== 'lose-commit') this.#note(line, fault)
    switch (fault) {
      case 'cut':
        line.client.resetAndDestroy()
        line.server.destroy()
        break
      case 'server-gone':
        line.server.end()
        break
      case 'client-gone':
        line.client.end()
        break
      case 'delay':
        line.delayMs = delayMs
        break
    }
    return true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.release()
    await closed
  }

  /** Whatever is spoiled is cut, so that nobody waits for it any more. */
  release(): void {
    for (const { client, server, fault } of this.#lines) {
      if (fault === undefined && this.#server.listening) continue
      client.destroy()
      server.destroy()
    }
  }

  #note({ isInTransaction }: Line, fault: LineFault): void {
    this.faults.push({ fault, isInTransaction })
  }

  #pass(client: Socket): void {
    const server = connect({ port: this.#databasePort, host: '127.0.0.1', allowHalfOpen: true })
    const line: Line = { client, server, isInTransaction: false, fault: undefined, delayMs: 0, isCommitting: false }
    this.#lines.add(line)
    client.on('data', chunk => this.#fromClient(line, chunk))
    server.on('data', chunk => this.#fromServer(line, chunk))
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => one.destroy())
      // Of a line that is spoiled nobody is told more than the fault is about.
      one.on('end', () => isOpen(line) && other.end())
      one.on('close', () => {
        if (isOpen(line)) other.destroy()
        if (client.destroyed && server.destroyed) this.#lines.delete(line)
      })
    }
  }

  #fromClient(line: Line, chunk: Buffer): void {
    if (!isOpen(line)) return
    if (line.fault === 'lose-commit' && chunk.includes(commit)) {
      line.isCommitting = true
      this.#note(line, 'lose-commit')
    }
    later(line, () => line.server.write(chunk))
  }

  #fromServer(line: Line, chunk: Buffer): void {
    line.isInTransaction = chunk.subarray(-inTransaction.length).equals(inTransaction)
    if (line.isCommitting) {
      line.client.destroy()
      line.server.destroy()
      return
    }
    if (isOpen(line)) later(line, () => line.client.write(chunk))
  }
}

/** Whether anything passes. */
function isOpen({ fault }: Line): boolean {
  return fault === undefined || fault === 'delay' || fault === 'lose-commit'
}

function later(line: Line, write: () => void): void {
  if (line.delayMs === 0) write()
  else setTimeout(() => isOpen(line) && write(), line.delayMs)
}
