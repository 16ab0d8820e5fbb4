import type Docker from 'dockerode'
import { diskEntries } from '../../run/disk.ts'
import type { Limits } from '../../run/limits.ts'
import { workingFolder } from '../platform.ts'

/** The folder that holds init in every sandbox. */
export const initFolder = '/.run-it'

export const labels = {
  installation: 'run-it.installation',
  run: 'run-it.run',
  attempt: 'run-it.attempt',
  /** The process that made it, as long as it lives. */
  worker: 'run-it.worker',
  /** Made ahead, for a run that was not there yet: labels cannot be changed later, so the run that took it is in its name. */
  warm: 'run-it.warm',
  /** ISO 8601; any process may remove the sandbox after it. */
  deadline: 'run-it.deadline',
} as const

export const sharedMemoryBytes = 16 * 1024 * 1024
const nanoCpus = 1e9
/** What init itself needs is far less; a hard limit over the engine's own would be refused. */
const minimumOpenFiles = 1024

export interface SandboxConfigInput {
  readonly name: string
  /** The engine's fixed name of the image: `sha256:…`. */
  readonly image: string
  /** Folders that the image declares as volumes. Left alone, the engine would give each a writable one on the host's disk. */
  readonly imageVolumes: readonly string[]
  readonly initVolume: string
  /** Number of its user, and of its group. */
  readonly user: number
  readonly limits: Limits
  readonly cpus: number
  readonly runtime?: string
  readonly installationId: string
  /** Of the process. */
  readonly workerId: string
  /** Absent: it is made ahead. */
  readonly run?: { readonly id: string; readonly attempt: number }
  readonly deadline: Date
  readonly lifetimeSeconds: number
}

/** The library's types do not know `CgroupnsMode` yet. */
export type SandboxConfig = Docker.ContainerCreateOptions & {
  readonly HostConfig: { readonly CgroupnsMode: 'private' }
}

/** The whole profile of a sandbox, in the words of the Docker Engine API. Pure. `docs/security.md` says why each line is there. */
export function sandboxConfig(input: SandboxConfigInput): SandboxConfig {
  const { limits } = input
  const openFiles = containerOpenFiles(limits)
  return {
    name: input.name,
    Image: input.image,
    User: `${input.user}:${input.user}`,
    WorkingDir: workingFolder,
    Hostname: 'sandbox',
    Domainname: '',
    Env: [],
    Entrypoint: [`${initFolder}/init`],
    Cmd: [String(input.lifetimeSeconds)],
    Healthcheck: { Test: ['NONE'] },
    // Init has no use for a polite signal: an engine that shuts down would wait for nothing.
    StopSignal: 'SIGKILL',
    Tty: false,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    // The engine closes stdin when the one attached client goes: init then ends, and with it the sandbox.
    StdinOnce: true,
    NetworkDisabled: true,
    Labels: {
      [labels.installation]: input.installationId,
      [labels.worker]: input.workerId,
      ...(input.run === undefined
        ? { [labels.warm]: 'true' }
        : { [labels.run]: input.run.id, [labels.attempt]: String(input.run.attempt) }),
      [labels.deadline]: input.deadline.toISOString(),
    },
    HostConfig: {
      Privileged: false,
      CapDrop: ['ALL'],
      CapAdd: [],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: {
        ...Object.fromEntries(input.imageVolumes.map(folder => [folder, 'ro,nosuid,nodev,noexec,size=4k,nr_inodes=1'])),
        [workingFolder]: tmpfsOptions({ user: input.user, sizeBytes: limits.diskBytes, exec: true }),
        '/tmp': tmpfsOptions({ user: input.user, sizeBytes: limits.diskBytes, exec: true }),
        '/dev/shm': tmpfsOptions({
          user: input.user,
          sizeBytes: Math.min(sharedMemoryBytes, limits.diskBytes),
          exec: false,
        }),
      },
      NetworkMode: 'none',
      // `none` rather than `private`: then /dev/shm is ours to size, in bytes and in inodes.
      IpcMode: 'none',
      CgroupnsMode: 'private',
      UTSMode: '',
      UsernsMode: '',
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      PidsLimit: processesWithInit(limits),
      NanoCpus: Math.round(input.cpus * nanoCpus),
      Ulimits: [
        { Name: 'nofile', Soft: openFiles, Hard: openFiles },
        { Name: 'fsize', Soft: limits.diskBytes, Hard: limits.diskBytes },
        // 1 rather than 0: only that also keeps the kernel from piping cores to the host's own handler.
        { Name: 'core', Soft: 1, Hard: 1 },
      ],
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
      AutoRemove: false,
      Binds: [],
      Devices: [],
      Mounts: [
        {
          Type: 'volume',
          Source: input.initVolume,
          Target: initFolder,
          ReadOnly: true,
          VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } },
        },
      ],
      ...(input.runtime === undefined ? {} : { Runtime: input.runtime }),
    },
  }
}

/** What of the limits lives in the container's cgroup, and can be changed while it runs. `ownBytes`: memory that init needs for us. */
export function cgroupLimits(limits: Limits, ownBytes = 0): { Memory: number; MemorySwap: number; PidsLimit: number } {
  const memoryBytes = limits.memoryBytes + ownBytes
  return { Memory: memoryBytes, MemorySwap: memoryBytes, PidsLimit: processesWithInit(limits) }
}

/** What a container is made with, and each stage's own limit has to fit below. */
export function containerOpenFiles(limits: Limits): number {
  return Math.max(minimumOpenFiles, limits.openFiles)
}

/** Init is a process of the sandbox too, and not one that the program should pay for. */
function processesWithInit(limits: Limits): number {
  return limits.processes + 1
}

function tmpfsOptions(folder: { readonly user: number; readonly sizeBytes: number; readonly exec: boolean }): string {
  return [
    'rw',
    'nosuid',
    'nodev',
    folder.exec ? 'exec' : 'noexec',
    `size=${folder.sizeBytes}`,
    `nr_inodes=${diskEntries(folder.sizeBytes)}`,
    `uid=${folder.user}`,
    `gid=${folder.user}`,
    'mode=0755',
  ].join(',')
}
