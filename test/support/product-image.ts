import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { repository } from './source-files.ts'

const run = promisify(execFile)
/** As Debian has them. The package registry may be behind one of them. */
const ownAuthorities = '/usr/local/share/ca-certificates'
const bases = ['debian:bookworm-slim', 'run-it/debian:bookworm'] as const

/** In the names of what these tests start: whoever ends them knows it, or it is this process's alone. */
export const deploymentId = process.env.TEST_DEPLOYMENT_ID ?? String(process.pid)

export async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('docker', args, { maxBuffer: 64 * 1024 * 1024 })
  return stdout.trim()
}

export async function isImageHere(reference: string): Promise<boolean> {
  return await docker('image', 'inspect', reference).then(
    () => true,
    () => false,
  )
}

/** What the Dockerfile is given: the repository, and the authorities of this machine. */
export class BuildContext implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'run-it-image-'))

  constructor() {
    const names = ['package.json', 'package-lock.json', '.npmrc', '.dockerignore', 'Dockerfile', 'scripts', 'init']
    for (const path of [...names, 'src', 'environments', 'deploy', 'sdk/package.json', 'sdk/src']) {
      cpSync(join(repository, path), join(this.folder, path), { recursive: true })
    }
    const authorities = statSync(ownAuthorities, { throwIfNoEntry: false }) ? readdirSync(ownAuthorities) : []
    for (const file of authorities.filter(each => each.endsWith('.crt'))) {
      cpSync(join(ownAuthorities, file), join(this.folder, 'deploy/docker/certificates', file))
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The Debian image that is here: the published one, or the one that run-it made. */
export async function findBase(): Promise<string> {
  for (const reference of bases) if (await isImageHere(reference)) return reference
  return bases[0]
}

/** With the stage that the classic builder leaves behind. */
export async function removeProductImage(name: string): Promise<void> {
  await docker('image', 'rm', '--force', name)
  const filters = ['--filter=dangling=true', '--filter=label=run-it.image-stage=build']
  const stages = (await docker('images', '--quiet', ...filters)).split('\n').filter(id => id !== '')
  if (stages.length > 0) await docker('image', 'rm', '--force', ...stages)
}
