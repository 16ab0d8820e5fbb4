import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import Docker from 'dockerode'
import {
  decodeStageEnd,
  encodeFrame,
  type Frame,
  FrameReader,
  filePayload,
  frameType,
  numbers,
  type StageEnd,
  type StageOptions,
  stagePayload,
} from './frames.ts'

/** Any image with bash and perl. Not a RUN_IT_ variable: those are settings, and an unknown one is an error. */
export const testImage = process.env.INIT_TEST_IMAGE ?? 'debian:bookworm-slim'

const initBuilder = fileURLToPath(new URL('../../scripts/build-init.sh', import.meta.url))
const initPath = fileURLToPath(new URL('../build/run-it-init', import.meta.url))
const MiB = 1024 * 1024
const owner = 'nosuid,nodev,uid=10001,gid=10001'
/** Nothing in these tests takes longer than this, or it hangs. */
const deadlineMs = 40_000
const stdinWindowBytes = 65_536

export interface SandboxOptions {
  readonly memoryBytes?: number
  readonly processes?: number
  readonly lifetimeSeconds?: number
  readonly diskBytes?: number
  /** A folder to stand in for /sys/fs/cgroup, so that layouts can be tested that this machine does not have. */
  readonly cgroupFolder?: string
}

export interface StageResult extends StageEnd {
  readonly stdout: Buffer
  readonly stderr: Buffer
}

// Before the first sandbox mounts it.
execFileSync(initBuilder, { stdio: ['ignore', 'ignore', 'inherit'] })

const docker = new Docker()

/** The profile that every sandbox has. The types of the client lag behind the engine's API. */
function hostConfig(options: SandboxOptions): Docker.HostConfig & { readonly CgroupnsMode: string } {
  const memory = options.memoryBytes ?? 256 * MiB
  const diskBytes = options.diskBytes ?? 32 * MiB
  return {
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    ReadonlyRootfs: true,
    Tmpfs: {
      '/code': `exec,${owner},mode=0755,size=${diskBytes},nr_inodes=16384`,
      '/tmp': `${owner},mode=1777,size=${diskBytes},nr_inodes=16384`,
      '/dev/shm': `${owner},mode=1777,size=${diskBytes},nr_inodes=16384`,
    },
    NetworkMode: 'none',
    IpcMode: 'none',
    CgroupnsMode: 'private',
    Memory: memory,
    MemorySwap: memory,
    PidsLimit: options.processes ?? 64,
    LogConfig: { Type: 'none', Config: {} },
    Binds: [
      `${initPath}:/.run-it-init:ro`,
      ...(options.cgroupFolder === undefined ? [] : [`${options.cgroupFolder}:/sys/fs/cgroup:ro`]),
    ],
  }
}

function containerOptions(options: SandboxOptions): Docker.ContainerCreateOptions {
  return {
    Image: testImage,
    Entrypoint: ['/.run-it-init'],
    Cmd: [String(options.lifetimeSeconds ?? 60)],
    User: '10001:10001',
    WorkingDir: '/code',
    Hostname: 'sandbox',
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    StdinOnce: true,
    Labels: { 'run-it.test': 'init' },
    HostConfig: hostConfig(options),
  }
}

/** A container with init in it, and frames in both directions. */
export class TestSandbox implements AsyncDisposable {
  readonly #container: Docker.Container
  readonly #stream: NodeJS.ReadWriteStream
  readonly #reader = new FrameReader()
  readonly #frames: Frame[] = []
  readonly #arrival = new EventTarget()
  #unacknowledgedBytes = 0

  constructor(container: Docker.Container, stream: NodeJS.ReadWriteStream) {
    this.#container = container
    this.#stream = stream
    const take = (chunk: Buffer) => this.#take(chunk)
    const out = new Writable({
      write(chunk, _encoding, done) {
        take(chunk)
        done()
      },
    })
    container.modem.demuxStream(stream, out, process.stderr)
    stream.on('end', () => this.#arrival.dispatchEvent(new Event('change')))
    stream.on('error', () => this.#arrival.dispatchEvent(new Event('change')))
  }

  #take(chunk: Buffer): void {
    for (const frame of this.#reader.push(chunk)) {
      if (frame.type === frameType.stdinTaken) this.#unacknowledgedBytes -= frame.payload.readUInt32LE(0)
      else this.#frames.push(frame)
    }
    this.#arrival.dispatchEvent(new Event('change'))
  }

  async #until(condition: () => boolean): Promise<void> {
    const signal = AbortSignal.timeout(deadlineMs)
    while (!condition()) await once(this.#arrival, 'change', { signal })
  }

  /** The next frame that is not an acknowledgement. */
  async next(): Promise<Frame> {
    await this.#until(() => this.#frames.length > 0)
    const frame = this.#frames.shift()
    if (frame === undefined) throw new Error('no frame')
    return frame
  }

  send(type: number, payload?: Uint8Array): void {
    this.#stream.write(encodeFrame(type, payload))
  }

  sendBytes(bytes: Uint8Array): void {
    this.#stream.write(bytes)
  }

  file(path: string, content: string | Uint8Array, mode = 0o644): void {
    const bytes = Buffer.from(content)
    const chunkBytes = MiB / 2
    this.send(frameType.file, filePayload(path, mode, bytes.subarray(0, chunkBytes)))
    for (let at = chunkBytes; at < bytes.length; at += chunkBytes) {
      this.send(frameType.fileData, bytes.subarray(at, at + chunkBytes))
    }
  }

  folder(path: string, mode: number): void {
    this.send(frameType.folder, Buffer.concat([numbers(mode), Buffer.from(path)]))
  }

  start(stage: StageOptions): void {
    this.send(frameType.stage, stagePayload(stage))
  }

  /** Sends input as fast as the other side takes it. */
  async input(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      await this.#until(() => this.#unacknowledgedBytes < stdinWindowBytes)
      const chunk = bytes.subarray(at, at + stdinWindowBytes - this.#unacknowledgedBytes)
      this.#unacknowledgedBytes += chunk.length
      this.send(frameType.stdin, chunk)
      at += chunk.length
    }
    this.send(frameType.stdinEnd)
  }

  /** Waits until everything sent as input was acknowledged. */
  async inputTaken(): Promise<void> {
    await this.#until(() => this.#unacknowledgedBytes === 0)
  }

  /** Collects frames until the stage's end. `onOutput` sees each piece of stdout. */
  async end(onOutput: (chunk: Buffer) => void = () => {}): Promise<StageResult> {
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    for (;;) {
      const { type, payload } = await this.next()
      if (type === frameType.stdout) {
        stdout.push(payload)
        onOutput(payload)
      } else if (type === frameType.stderr) {
        stderr.push(payload)
      } else if (type === frameType.stageExit) {
        return { ...decodeStageEnd(payload), stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) }
      } else {
        throw new Error(`unexpected frame 0x${type.toString(16)}: ${payload.toString('latin1')}`)
      }
    }
  }

  /** A stage from start to end, with all its input. */
  async run(stage: StageOptions, input: Uint8Array = new Uint8Array()): Promise<StageResult> {
    this.start(stage)
    const [result] = await Promise.all([this.end(), this.input(input)])
    return result
  }

  shell(script: string, stage: Partial<StageOptions> = {}, input?: Uint8Array): Promise<StageResult> {
    return this.run({ argv: ['bash', '-c', script], ...stage }, input)
  }

  /** Resolves with the errno of the answer, and the bytes that the snapshot holds. */
  async clean(type: typeof frameType.snapshot | typeof frameType.restore): Promise<{ errno: number; bytes: bigint }> {
    this.send(type)
    const { type: answer, payload } = await this.next()
    if (answer !== frameType.done) throw new Error(`unexpected frame 0x${answer.toString(16)}`)
    return { errno: payload.readUInt32LE(0), bytes: payload.readBigUInt64LE(4) }
  }

  closeInput(): void {
    this.#stream.end()
  }

  /** Waits for the container to end, and tells init's exit code. */
  async exitCode(): Promise<number> {
    const { StatusCode } = await this.#container.wait({ abortSignal: AbortSignal.timeout(deadlineMs) })
    return StatusCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#container.remove({ force: true })
  }
}

export async function openSandbox(options: SandboxOptions = {}): Promise<TestSandbox> {
  const container = await docker.createContainer(containerOptions(options))
  try {
    const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true })
    const sandbox = new TestSandbox(container, stream)
    await container.start()
    const ready = await sandbox.next()
    if (ready.type !== frameType.ready || ready.payload.readUInt32LE(0) !== 2) throw new Error('init is not ready')
    return sandbox
  } catch (error) {
    await container.remove({ force: true })
    throw error
  }
}
