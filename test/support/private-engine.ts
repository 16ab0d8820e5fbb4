import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { waitFor } from './wait-for.ts'

const startDeadlineMs = 60_000
const logKeptBytes = 16 * 1024

/** Loopback is there and nothing else. The first flag is the script's name. */
const ownNetwork = 'ip link set lo up && exec dockerd "$0" "$@"'

/** A Docker Engine of the test's own, which may be stopped, killed and started again without harm to anybody. Needs root. */
export class PrivateEngine implements AsyncDisposable {
  readonly host: string
  readonly client: Docker
  readonly #folder: string
  readonly #flags: readonly string[]
  #daemon: ChildProcess | undefined
  #log = ''

  private constructor(folder: string, flags: readonly string[]) {
    this.#folder = folder
    this.#flags = flags
    this.host = `unix://${folder}/docker.sock`
    this.client = new Docker({ socketPath: `${folder}/docker.sock` })
  }

  /** With `diskBytes` its images are on a disk of that size. `flags` are dockerd's, such as further addresses. */
  static async start(
    options: { readonly diskBytes?: number; readonly flags?: readonly string[] } = {},
  ): Promise<PrivateEngine> {
    const engine = new PrivateEngine(await mkdtemp(join(tmpdir(), 'run-it-engine-')), options.flags ?? [])
    if (options.diskBytes !== undefined) await mountDisk(`${engine.#folder}/data`, options.diskBytes)
    await engine.begin()
    return engine
  }

  async begin(): Promise<void> {
    const folder = this.#folder
    const flags = [
      ['--data-root', `${folder}/data`],
      ['--exec-root', `${folder}/exec`],
      ['--pidfile', `${folder}/docker.pid`],
      ['--host', this.host],
      ['--bridge', 'none'],
      ['--shutdown-timeout', '1'],
      ['--iptables=false'],
      this.#flags,
    ]
    // In a network of its own: a daemon without a bridge would remove the one of the machine's engine.
    const daemon = spawn('unshare', ['--net', 'sh', '-c', ownNetwork, ...flags.flat()], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [daemon.stdout, daemon.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#log = (this.#log + chunk.toString('utf8')).slice(-logKeptBytes)
      })
    }
    this.#daemon = daemon
    await waitFor(
      'the private engine',
      async () => {
        if (daemon.exitCode !== null) throw new Error(`dockerd exited with ${daemon.exitCode}: ${this.#log}`)
        return await this.client.ping().then(
          () => true,
          () => false,
        )
      },
      startDeadlineMs,
    )
  }

  /** Of the daemon, in whose network others may be. */
  get pid(): number {
    return this.#daemon?.pid ?? 0
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const daemon = this.#daemon
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return
    const exited = once(daemon, 'exit')
    daemon.kill(signal)
    await exited
    // Its containerd died with it; where nobody reaps that one at once, the next daemon would take it for alive.
    if (signal === 'SIGKILL') await rm(join(this.#folder, 'exec/containerd/containerd.pid'), { force: true })
  }

  /** Copies an image from the machine's own engine. */
  async copyImage(reference: string): Promise<void> {
    const archive = await new Docker().getImage(reference).get()
    const progress = await this.client.loadImage(archive)
    progress.resume()
    await once(progress, 'end')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGTERM')
    await endProcessesOf(this.#folder)
    await unmountAll(this.#folder)
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

/** What a killed daemon left running: each names the engine's folder in its command line. */
async function endProcessesOf(folder: string): Promise<void> {
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (commandLine.includes(`${folder}/exec/`)) process.kill(Number(pid), 'SIGKILL')
  }
}

async function mountDisk(folder: string, bytes: number): Promise<void> {
  await mkdir(folder)
  const mount = spawn('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'run-it-test', folder], { stdio: 'inherit' })
  const [code] = await once(mount, 'exit')
  if (code !== 0) throw new Error(`mount exited with ${code}`)
}

async function unmountAll(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map(line => line.split(' ')[1] ?? '')
  for (const mount of mounts.filter(path => path.startsWith(`${folder}/`)).reverse()) {
    await once(spawn('umount', ['--lazy', mount], { stdio: 'ignore' }), 'exit')
  }
}
