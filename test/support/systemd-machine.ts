import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { docker, findBase } from './product-image.ts'
import { repository } from './source-files.ts'
import { waitFor } from './wait-for.ts'

const run = promisify(execFile)
const image = 'run-it-test/machine'
/** What systemd and an engine need. Not all of them: a machine that is itself in a container may not have them to give. */
const capabilities = [
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'IPC_LOCK', 'KILL', 'MKNOD'],
  ...['NET_ADMIN', 'NET_BIND_SERVICE', 'NET_RAW', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_ADMIN', 'SYS_BOOT'],
  ...['SYS_CHROOT', 'SYS_NICE', 'SYS_PTRACE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'SYSLOG'],
]
const settings = [
  ...['seccomp=unconfined', 'apparmor=unconfined', 'systempaths=unconfined'].map(option => `--security-opt=${option}`),
  '--cgroupns=private',
  '--device-cgroup-rule=a *:* rwm',
  ...['/run', '/run/lock', '/tmp:exec'].map(folder => `--tmpfs=${folder}`),
]

/** A machine with systemd as its first process and an engine of its own, in a container. This repository is at /opt/run-it, read-only. */
export class SystemdMachine implements AsyncDisposable {
  readonly name: string

  private constructor(name: string) {
    this.name = name
  }

  static async start(name: string): Promise<SystemdMachine> {
    const machine = new SystemdMachine(name)
    const folder = join(repository, 'deploy/systemd/machine')
    await docker('build', '--quiet', `--tag=${image}`, `--build-arg=BASE=${await findBase()}`, folder)
    const granted = capabilities.map(capability => `--cap-add=${capability}`)
    const mount = `--volume=${repository}:/opt/run-it:ro`
    await docker('run', '--detach', `--name=${name}`, ...granted, ...settings, mount, image)
    const isUp = async () => (await machine.try('systemctl', 'is-system-running')).trim() === 'running'
    await waitFor('the machine to be up', isUp, 60_000)
    return machine
  }

  async exec(...command: readonly string[]): Promise<string> {
    return await docker('exec', this.name, ...command)
  }

  /** What it wrote, whatever it ended with. */
  async try(...command: readonly string[]): Promise<string> {
    return await this.exec(...command).catch((error: { readonly stdout?: string; readonly stderr?: string }) => {
      return `${error.stdout ?? ''}${error.stderr ?? ''}`
    })
  }

  async shell(script: string): Promise<string> {
    return await this.exec('bash', '-euc', script)
  }

  /** From the engine around it. */
  async copyImages(...references: readonly string[]): Promise<void> {
    const copy = 'to=$1; shift; docker save "$@" | docker exec --interactive "$to" docker load'
    await run('bash', ['-o', 'pipefail', '-c', copy, 'copy', this.name, ...references])
  }

  /** A property of a unit, as systemd tells it. */
  async show(unit: string, property: string): Promise<string> {
    return await this.exec('systemctl', 'show', `--property=${property}`, '--value', unit)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await docker('rm', '--force', '--volumes', this.name)
  }
}
