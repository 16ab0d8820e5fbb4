import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { RunItClient } from '../../sdk/src/client.ts'
import { repository } from '../../test/support/source-files.ts'
import { waitFor } from '../../test/support/wait-for.ts'

const run = promisify(execFile)
const name = `run-it-test-image-${process.pid}`
const socket = '/var/run/docker.sock'
/** As Debian has them. The package registry may be behind one of them. */
const ownAuthorities = '/usr/local/share/ca-certificates'
const bases = ['debian:bookworm-slim', 'run-it/debian:bookworm'] as const
const hardened = [
  '--read-only',
  '--tmpfs=/tmp',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  `--volume=${name}:/var/lib/run-it`,
]

async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await run('docker', args, { maxBuffer: 64 * 1024 * 1024 })
  return stdout.trim()
}

/** What the Dockerfile is given: the repository, and the authorities of this machine. */
function contextFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'run-it-image-'))
  const names = ['package.json', 'package-lock.json', '.npmrc', '.dockerignore', 'Dockerfile', 'scripts', 'init']
  for (const path of [...names, 'src', 'environments', 'deploy', 'sdk/package.json', 'sdk/src']) {
    cpSync(join(repository, path), join(folder, path), { recursive: true })
  }
  const authorities = statSync(ownAuthorities, { throwIfNoEntry: false }) ? readdirSync(ownAuthorities) : []
  for (const file of authorities.filter(each => each.endsWith('.crt'))) {
    cpSync(join(ownAuthorities, file), join(folder, 'deploy/docker/certificates', file))
  }
  return folder
}

async function base(): Promise<string> {
  for (const reference of bases) {
    const isPresent = await docker('image', 'inspect', reference).then(
      () => true,
      () => false,
    )
    if (isPresent) return reference
  }
  return bases[0]
}

suite('the image of the product', () => {
  before(
    async () => {
      const folder = contextFolder()
      try {
        await docker('build', '--quiet', '--tag', name, '--build-arg', `BASE=${await base()}`, folder)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
    { timeout: 1_000_000 },
  )
  after(async () => {
    await docker('rm', '--force', '--volumes', name).catch(() => {})
    await docker('volume', 'rm', '--force', name)
    await docker('image', 'rm', '--force', name)
    const filters = ['--filter=dangling=true', '--filter=label=run-it.image-stage=build']
    const stages = (await docker('images', '--quiet', ...filters)).split('\n').filter(id => id !== '')
    if (stages.length > 0) await docker('image', 'rm', '--force', ...stages)
  })

  test('refuses to be reached without a key, then runs programs on the engine of its socket', async () => {
    const group = `--group-add=${statSync(socket).gid}`
    const serve = ['--env=RUN_IT_HOST=0.0.0.0', group, `--volume=${socket}:${socket}`]
    const refusal = docker('run', '--rm', ...hardened, ...serve, name)
    await assert.rejects(refusal, /there is no API key yet/)
    const key = await docker('run', '--rm', ...hardened, name, 'keys', 'create', 'ops', '--scope', 'admin')
    await docker('run', '--detach', `--name=${name}`, '--publish=127.0.0.1::8080', ...hardened, ...serve, name)
    const address = await docker('port', name, '8080/tcp')
    const url = `http://${address.split('\n')[0]}`
    const ready = async () => (await fetch(`${url}/health/ready`).catch(() => undefined))?.status === 200
    await waitFor('readiness', ready, 60_000)
    const { runs } = new RunItClient({ baseUrl: url, key })
    const finished = await runs.submit({ environment: 'bash', source: 'echo $((6 * 7))' }, { wait: 60 })
    assert.equal(finished.stages[0]?.stdout.content, '42\n', JSON.stringify(finished))
    const status = () => docker('inspect', '--format={{.State.Health.Status}}', name)
    await waitFor('the engine to find it healthy', async () => (await status()) === 'healthy', 60_000)
    await docker('restart', '--time=40', name)
    const [again] = (await docker('port', name, '8080/tcp')).split('\n')
    const later = new RunItClient({ baseUrl: `http://${again}`, key })
    await waitFor('the run after a restart', () => later.runs.get(finished.id).catch(() => undefined))
    await docker('stop', '--time=40', name)
    assert.equal(await docker('inspect', '--format={{.State.ExitCode}}', name), '0')
    assert.equal(await docker('ps', '--all', '--quiet', `--filter=label=run-it.worker=${await hostOf()}-1`), '')
  })

  test('has nothing in it but what runs, and is not root', async () => {
    const look = (...command: readonly string[]) =>
      docker('run', '--rm', '--entrypoint', command[0] ?? '', name, ...command.slice(1))
    assert.equal(await look('id', '-un'), 'run-it')
    const files = await look('find', '/opt/run-it', '-name', '*.test.ts', '-not', '-path', '*/node_modules/*')
    assert.equal(files, '')
    assert.match(await look('ls', '/opt/run-it'), /^environments\ninit\nnode_modules\npackage\.json\nsdk\nsrc$/)
    await assert.rejects(look('touch', '/opt/run-it/src/main.ts'))
  })

  async function hostOf(): Promise<string> {
    return await docker('inspect', '--format={{.Config.Hostname}}', name)
  }
})
