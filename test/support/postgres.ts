import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { waitFor } from './wait-for.ts'

const run = promisify(execFile)
const packages = '/usr/lib/postgresql'
const operator = 'operator'

/** A PostgreSQL cluster of its own, on a free port of loopback and in a temporary folder, with a database for each test. */
export class TestPostgres implements AsyncDisposable {
  readonly port: number
  readonly #folder: string
  readonly #programs: string
  readonly #user: { readonly uid?: number; readonly gid?: number }
  #server: ChildProcess | undefined
  #databases = 0

  private constructor(parts: {
    readonly port: number
    readonly folder: string
    readonly programs: string
    readonly user: { readonly uid?: number; readonly gid?: number }
  }) {
    this.port = parts.port
    this.#folder = parts.folder
    this.#programs = parts.programs
    this.#user = parts.user
  }

  /** `parent`: where its folder is made, if not with the other temporary ones. */
  static async start(parent = tmpdir()): Promise<TestPostgres> {
    const user = await unprivileged()
    const folder = await mkdtemp(join(parent, 'run-it-postgres-'))
    if (user.uid !== undefined) await chown(folder, user.uid, user.gid ?? user.uid)
    const cluster = new TestPostgres({ port: await freePort(), folder, programs: await findPrograms(), user })
    try {
      const flags = ['--pgdata', join(folder, 'data'), '--username', operator, '--auth', 'trust', '--encoding', 'UTF8']
      await run(join(cluster.#programs, 'initdb'), [...flags, '--locale', 'C.UTF-8', '--no-sync'], {
        ...user,
        cwd: folder,
      })
      await cluster.resume()
      return cluster
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  /** A new database, empty; its rows are in a folder of their own where one is named, and its log is where the others' are. */
  async createDatabase(rowsFolder?: string): Promise<string> {
    this.#databases += 1
    const name = `test_${this.#databases}`
    // Its owner may do there what he wants, and nothing else: as an installation would have it.
    await this.ask('postgres', `create role ${name} login`)
    if (rowsFolder !== undefined) {
      if (this.#user.uid !== undefined) await chown(rowsFolder, this.#user.uid, this.#user.gid ?? this.#user.uid)
      await this.ask('postgres', `create tablespace ${name} location '${rowsFolder}'`)
    }
    const place = rowsFolder === undefined ? '' : ` tablespace ${name}`
    await this.ask('postgres', `create database ${name} owner ${name}${place}`)
    return this.url(name, name)
  }

  url(database: string, user = operator): string {
    return `postgres://${user}@127.0.0.1:${this.port}/${database}`
  }

  /** As an operator, on a connection of its own. */
  ask(database: string, text: string): Promise<readonly Record<string, unknown>[]> {
    return ask(this.url(database), text)
  }

  /** It ends by itself where it cannot write its log. */
  get isUp(): boolean {
    return this.#server !== undefined && this.#server.exitCode === null && this.#server.signalCode === null
  }

  /** Starts it, after `stop` too. */
  async resume(): Promise<void> {
    // The disk is not what is tested; a crash of the cluster itself leaves what was written to the kernel.
    const settings = {
      fsync: 'off',
      max_connections: '200',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
    }
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const server = spawn(
      join(this.#programs, 'postgres'),
      ['-D', join(this.#folder, 'data'), '-p', String(this.port), ...flags],
      { ...this.#user, cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let log = ''
    server.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString('utf8')).slice(-8_192)
    })
    this.#server = server
    await waitFor('the database to answer', async () => {
      if (server.exitCode !== null) throw new Error(`PostgreSQL ended: ${log}`)
      return await this.ask('postgres', 'select 1').then(
        () => true,
        () => false,
      )
    })
  }

  /** `SIGINT` cuts the connections and ends in good order, `SIGQUIT` at once. */
  async stop(signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const server = this.#server
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill(signal)
    await exited
  }

  /** Kills the server and all that it started: what it had not handed to the kernel yet is lost. */
  async crash(): Promise<void> {
    const server = this.#server
    if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    // Stopped first, so that it starts nobody else meanwhile, who would keep its memory from the next one.
    server.kill('SIGSTOP')
    const started = await readFile(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8')
    const processes = started.split(' ').filter(Boolean).map(Number)
    for (const id of [server.pid, ...processes]) process.kill(id, 'SIGKILL')
    await exited
    await waitFor('its processes to be gone', async () => (await Promise.all(processes.map(isGone))).every(Boolean))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGQUIT')
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** On a connection of its own, which finds the tables without their schema. */
export async function ask(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, options: '-c search_path=run_it' })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

/** Also where nobody has asked yet how it ended. */
async function isGone(processId: number): Promise<boolean> {
  const status = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => undefined)
  return status === undefined || /\) [ZX] /.test(status)
}

/** PostgreSQL refuses to be root. */
async function unprivileged(): Promise<{ readonly uid?: number; readonly gid?: number }> {
  if (userInfo().uid !== 0) return {}
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async flag => Number((await run('id', [flag, 'postgres'])).stdout)),
  )
  return { uid, gid }
}

/** The newest that Debian's packages brought, else what is in the path. */
async function findPrograms(): Promise<string> {
  const versions = await readdir(packages).catch(() => [])
  const [newest] = versions.map(Number).toSorted((one, other) => other - one)
  if (newest === undefined)
    throw new Error(`There is no PostgreSQL in ${packages}: scripts/set-up/postgres.sh installs it`)
  return join(packages, String(newest), 'bin')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('A port was expected')
  return address.port
}
