import type { Connection } from './connection.ts'
import { RunItError } from './error.ts'
import type { Operation } from './operation-shapes.ts'
import type { CallOptions, WaitOptions } from './runs.ts'
import type { EnvironmentInfo } from './types.ts'

export class Environments {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async list(options: CallOptions = {}): Promise<EnvironmentInfo[]> {
    const { environments } = await this.#connection.json<{ environments: EnvironmentInfo[] }>(
      '/v1/environments',
      options,
    )
    return environments
  }

  /** By its name or an alias. */
  async get(name: string, options: CallOptions = {}): Promise<EnvironmentInfo> {
    const environments = await this.list(options)
    const found = environments.find(environment => environment.name === name || environment.aliases.includes(name))
    if (found) return found
    const names = environments.map(environment => environment.name).join(', ')
    throw new RunItError({
      type: '/problems/unknown-environment',
      title: 'There is no such environment',
      status: 404,
      detail: `There is no environment "${name}". There are: ${names}`,
      code: 'unknown-environment',
    })
  }

  /** Makes the image of `go@1.16.3` present, on some worker. For administrators; may be repeated. */
  pull(name: string, options: WaitOptions = {}): Promise<Operation> {
    const path = `/v1/environments/${encodeURIComponent(name)}/pull`
    return this.#connection.json(path, { method: 'POST', waitSeconds: options.wait, signal: options.signal })
  }
}

export interface Readiness {
  ready: boolean
  /** What was looked at; `detail` says what is wrong. */
  checks: { name: 'database' | 'worker' | 'platform'; ok: boolean; detail?: string }[]
  /** Runs that wait for a worker. */
  queuedRuns?: number
}

export class Health {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Whether runs that are sent now will run soon. A server that is not ready answers 503, which is an answer here. */
  async ready(options: CallOptions = {}): Promise<Readiness> {
    const body = await this.#connection.json<Partial<Readiness>>('/health/ready', { ...options, acceptStatus: 503 })
    return { ...body, ready: body.ready === true, checks: body.checks ?? [] }
  }
}
