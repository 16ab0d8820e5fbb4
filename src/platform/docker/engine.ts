import Docker from 'dockerode'
import type { PlatformInfo } from '../platform.ts'
import { withDeadline } from './deadline.ts'
import { connectionOptions } from './engine-address.ts'
import { toPlatformError } from './engine-error.ts'

/** The newest API that we know; older engines are spoken to in theirs. 20.10 knows 1.41, 29 refuses anything below 1.44. */
const newestApiVersion = '1.44'

/** Long enough for a loaded engine, short enough that a stalled one is noticed. */
const callDeadlineMs = 30_000
const checkDeadlineMs = 5_000

/** The connection to one Docker Engine. The version is negotiated on first use, and again after the engine was away. */
export class DockerEngine {
  readonly #host: string | undefined
  #client: Promise<Docker> | undefined

  /** `host` is as in `DOCKER_HOST`; the engine's usual socket when it is absent. */
  constructor(host: string | undefined) {
    this.#host = host
  }

  /**
   * One call to the engine, with a deadline; failures become `PlatformError`s. `doing` completes the sentence "could not …".
   * A call that moves a lot of data, such as a pull, brings a deadline of its own.
   */
  async call<Result>(
    doing: string,
    signal: AbortSignal,
    work: (client: Docker, signal: AbortSignal) => Promise<Result>,
    deadlineMs: number = callDeadlineMs,
  ): Promise<Result> {
    try {
      const client = await this.#connect(signal)
      return await withDeadline(deadlineMs, signal, callSignal => work(client, callSignal))
    } catch (error) {
      throw toPlatformError(error, doing)
    }
  }

  async check(signal: AbortSignal): Promise<PlatformInfo> {
    this.#client = undefined
    try {
      const client = await this.#connect(signal)
      const [version, info] = await withDeadline(checkDeadlineMs, signal, abortSignal =>
        Promise.all([askVersion(client, abortSignal), askInfo(client, abortSignal)]),
      )
      return {
        name: 'docker',
        engineId: info.ID ?? '',
        engineVersion: version.Version,
        apiVersion: olderVersion(version.ApiVersion, newestApiVersion),
        operatingSystem: info.OperatingSystem,
        architecture: version.Arch,
        cgroupVersion: info.CgroupVersion ?? '1',
        unenforced: unenforcedLimits(info),
      }
    } catch (error) {
      throw toPlatformError(error, 'say its version')
    }
  }

  #connect(signal: AbortSignal): Promise<Docker> {
    signal.throwIfAborted()
    this.#client ??= negotiate(this.#host).catch(error => {
      this.#client = undefined
      throw error
    })
    return this.#client
  }
}

async function negotiate(host: string | undefined): Promise<Docker> {
  const options = connectionOptions(host)
  const version = await withDeadline(checkDeadlineMs, new AbortController().signal, abortSignal =>
    askVersion(new Docker(options), abortSignal),
  )
  return new Docker({ ...options, version: `v${olderVersion(version.ApiVersion, newestApiVersion)}` })
}

// Asked every few seconds: with the signal, so that an engine that stalls does not collect our connections.
async function askVersion(client: Docker, abortSignal: AbortSignal): Promise<Docker.DockerVersion> {
  // The library's types know neither's options.
  const version: (options: object) => Promise<unknown> = client.version.bind(client)
  return (await version({ abortSignal })) as Docker.DockerVersion
}

async function askInfo(client: Docker, abortSignal: AbortSignal): Promise<EngineInfo> {
  const info: (options: object) => Promise<unknown> = client.info.bind(client)
  return (await info({ abortSignal })) as EngineInfo
}

export function olderVersion(left: string, right: string): string {
  const [leftMajor = 0, leftMinor = 0] = left.split('.').map(Number)
  const [rightMajor = 0, rightMinor = 0] = right.split('.').map(Number)
  return leftMajor < rightMajor || (leftMajor === rightMajor && leftMinor < rightMinor) ? left : right
}

interface EngineInfo {
  readonly ID?: string
  readonly OperatingSystem: string
  readonly CgroupVersion?: string
  readonly MemoryLimit?: boolean
  readonly SwapLimit?: boolean
  readonly PidsLimit?: boolean
  readonly CpuCfsQuota?: boolean
  readonly SecurityOptions?: readonly string[]
}

export function unenforcedLimits(info: EngineInfo): readonly string[] {
  return [
    // Version 1 does not count what sockets hold, not even those of a sandbox's own loopback: only the host's bound for all holds.
    info.CgroupVersion === '2' ? undefined : 'socket memory',
    info.MemoryLimit === false ? 'memory' : undefined,
    info.SwapLimit === false ? 'swap' : undefined,
    info.PidsLimit === false ? 'processes' : undefined,
    info.CpuCfsQuota === false ? 'cpus' : undefined,
    info.SecurityOptions?.some(option => option.includes('seccomp')) === false ? 'seccomp' : undefined,
  ].filter(name => name !== undefined)
}
