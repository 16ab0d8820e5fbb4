import type { Connection } from './connection.ts'
import { type FollowOptions, followOperation } from './follow.ts'
import type { Operation, OperationEvent } from './operation-shapes.ts'
import type { WaitOptions } from './runs.ts'

/** What `environments.pull` began. For administrators. */
export class Operations {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  get(id: string, options: WaitOptions = {}): Promise<Operation> {
    const path = `/v1/operations/${encodeURIComponent(id)}`
    return this.#connection.json(path, { waitSeconds: options.wait, signal: options.signal })
  }

  /** States and progress, live, and the finished operation as the last. Lost connections are taken up again. */
  events(id: string, options: FollowOptions = {}): AsyncGenerator<OperationEvent, void, undefined> {
    return followOperation(this.#connection, id, options)
  }
}
