import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import { RunItClient } from '../../sdk/src/client.ts'
import { BuildContext, docker, findBase, removeProductImage } from '../../test/support/product-image.ts'
import { waitFor } from '../../test/support/wait-for.ts'

const name = `run-it-test-image-${process.pid}`
const socket = '/var/run/docker.sock'
const hardened = [
  '--read-only',
  '--tmpfs=/tmp',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  `--volume=${name}:/var/lib/run-it`,
]

suite('the image of the product', () => {
  before(
    async () => {
      using context = new BuildContext()
      await docker('build', '--quiet', '--tag', name, '--build-arg', `BASE=${await findBase()}`, context.folder)
    },
    { timeout: 1_000_000 },
  )
  after(async () => {
    await docker('rm', '--force', '--volumes', name).catch(() => {})
    await docker('volume', 'rm', '--force', name)
    await removeProductImage(name)
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
