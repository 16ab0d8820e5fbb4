import type { Diagnosis } from '../diagnosis.ts'
import { isDistributionBuild, runcAdvisories } from './known-vulnerable.ts'

/** What the engine says of itself, as far as it matters here. */
export interface EngineFacts {
  readonly version: {
    readonly Version: string
    readonly ApiVersion: string
    readonly Components?: readonly {
      readonly Name: string
      readonly Version: string
      readonly Details?: Readonly<Record<string, string | undefined>>
    }[]
  }
  readonly info: {
    readonly OperatingSystem: string
    readonly CgroupVersion?: string
    readonly CgroupDriver?: string
    readonly MemoryLimit?: boolean
    readonly SwapLimit?: boolean
    readonly PidsLimit?: boolean
    readonly CpuCfsQuota?: boolean
    readonly SecurityOptions?: readonly string[] | null
    readonly Driver: string
    readonly DockerRootDir?: string
    readonly Runtimes?: Readonly<Record<string, unknown>>
  }
}

/** The first API that can give a sandbox its own cgroup namespace: Engine 20.10. */
const oldestApiMinor = 41

/** Drivers that copy whole images, or that the engine's makers gave up. */
const poorDrivers = ['vfs', 'devicemapper', 'aufs']

/** What the engine's own words mean for us. Pure. */
export function judgeEngine(facts: EngineFacts, runtime: string | undefined): readonly Diagnosis[] {
  return [judgeVersion(facts), judgeRunc(facts), judgeRuntime(facts, runtime), judgeCgroups(facts), judgeSeccomp(facts)]
    .filter(diagnosis => diagnosis !== undefined)
    .concat(judgeStorage(facts))
}

function judgeVersion({ version, info }: EngineFacts): Diagnosis {
  const detail = `Docker Engine ${version.Version}, API ${version.ApiVersion}, on ${info.OperatingSystem}`
  const [major = 0, minor = 0] = version.ApiVersion.split('.').map(Number)
  if (major > 1 || minor >= oldestApiMinor) return { check: 'engine', status: 'ok', detail }
  return { check: 'engine', status: 'failed', detail, remedy: 'Install Docker Engine 20.10 or later.' }
}

function judgeRunc({ version }: EngineFacts): Diagnosis | undefined {
  const runc = version.Components?.find(component => component.Name === 'runc')
  if (runc === undefined) return undefined
  // Debian keeps its revision, which tells of fixes, where others have the commit.
  const commit = runc.Details?.GitCommit ?? ''
  const name = commit.startsWith(runc.Version) ? commit : runc.Version
  const advisories = runcAdvisories(runc.Version)
  if (advisories.length === 0) return { check: 'runc', status: 'ok', detail: `runc ${name}` }
  const cves = advisories.join(', ')
  return isDistributionBuild(name)
    ? {
        check: 'runc',
        status: 'warning',
        detail: `runc ${name}: upstream fixed ${cves} in later versions; your distribution may have put the fixes into this one`,
        remedy:
          "Install your distribution's updates; its security tracker and the package's changelog say what is fixed.",
      }
    : {
        check: 'runc',
        status: 'warning',
        detail: `runc ${name} is older than the fix of ${cves}: a program could break out of its container`,
        remedy:
          'Update runc (with Docker’s own packages: containerd.io) to 1.2.8, 1.3.3 or later, and restart the engine.',
      }
}

function judgeRuntime({ info }: EngineFacts, runtime: string | undefined): Diagnosis | undefined {
  if (!runtime) return undefined
  const known = Object.keys(info.Runtimes ?? {})
  if (known.includes(runtime)) return { check: 'runtime', status: 'ok', detail: `${runtime} is installed` }
  return {
    check: 'runtime',
    status: 'failed',
    detail: `the engine does not know the runtime ${runtime}, only ${known.join(', ')}`,
    remedy: `Install ${runtime} and add it to the engine's runtimes, or unset the setting "runtime".`,
  }
}

function judgeCgroups({ info }: EngineFacts): Diagnosis {
  const detail = `cgroup v${info.CgroupVersion ?? '1'}, driver ${info.CgroupDriver ?? 'unknown'}`
  const missing = [
    info.MemoryLimit === false ? 'memory' : undefined,
    info.PidsLimit === false ? 'pids' : undefined,
    info.CpuCfsQuota === false ? 'cpu' : undefined,
  ].filter(name => name !== undefined)
  if (missing.length > 0) {
    return {
      check: 'cgroups',
      status: 'failed',
      detail: `${detail}; without the controllers ${missing.join(', ')}: programs could use more than their limits`,
      remedy:
        'Turn the controllers on: boot with `cgroup_enable=memory`, or delegate them to the engine; see docs/operations.md.',
    }
  }
  if (info.SwapLimit === false) {
    return {
      check: 'cgroups',
      status: 'warning',
      detail: `${detail}; swap is not accounted for: programs could use swap beyond their memory limit`,
      remedy: 'Boot with `swapaccount=1`, or turn swap off.',
    }
  }
  return { check: 'cgroups', status: 'ok', detail: `${detail}; memory, swap, pids and cpu can be limited` }
}

function judgeSeccomp({ info }: EngineFacts): Diagnosis {
  const option = info.SecurityOptions?.find(candidate => candidate.startsWith('name=seccomp'))
  if (option !== undefined && !option.includes('unconfined')) {
    const profile = /profile=([^,]+)/.exec(option)?.[1] ?? 'default'
    return { check: 'seccomp', status: 'ok', detail: `profile ${profile}` }
  }
  return {
    check: 'seccomp',
    status: 'failed',
    detail: option ? 'the engine’s profile is "unconfined"' : 'the engine has no seccomp',
    remedy:
      'Use a kernel with CONFIG_SECCOMP_FILTER and the engine’s default profile ("seccomp-profile" in daemon.json).',
  }
}

function judgeStorage({ info }: EngineFacts): Diagnosis {
  if (!poorDrivers.includes(info.Driver)) return { check: 'storage', status: 'ok', detail: `driver ${info.Driver}` }
  return {
    check: 'storage',
    status: 'warning',
    detail: `driver ${info.Driver}: sandboxes start slowly and images take much space`,
    remedy: 'Keep the engine’s data on a filesystem that overlay2 can use, such as ext4 or xfs.',
  }
}
