import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import { deploymentId, docker, findBase } from '../../test/support/product-image.ts'
import { TestServer } from '../../test/support/server.ts'
import { repository } from '../../test/support/source-files.ts'
import { waitFor } from '../../test/support/wait-for.ts'

const name = `run-it-test-engine-proxy-${deploymentId}`
const image = 'run-it-test/engine-proxy'
const engineSocket = '/var/run/docker.sock'
/** Nobody has an image of it: it is built. */
const family = `proxied${process.pid}`
const here = join(repository, 'deploy/engine-proxy')

suite('the proxy in front of the socket', { timeout: 600_000 }, () => {
  let folder: string
  let host: string
  let server: TestServer
  let client: Docker
  before(
    async () => {
      folder = mkdtempSync(join(tmpdir(), 'run-it-engine-proxy-'))
      chmodSync(folder, 0o777)
      const socketPath = join(folder, 'engine.sock')
      host = `unix://${socketPath}`
      await docker('build', '--quiet', `--tag=${image}`, `--build-arg=BASE=${await findBase()}`, here)
      const group = `--group-add=${statSync(engineSocket).gid}`
      const mounts = [`${engineSocket}:${engineSocket}`, `${here}:/etc/run-it:ro`, `${folder}:/run/run-it-engine`]
      const hardened = ['--user=www-data', '--tmpfs=/tmp', '--network=none', '--cap-drop=ALL', '--read-only']
      await docker(
        'run',
        '--detach',
        `--name=${name}`,
        ...hardened,
        group,
        ...mounts.map(each => `--volume=${each}`),
        image,
      )
      client = new Docker({ socketPath })
      await waitFor('the proxy', () => client.ping().then(Boolean, () => false)).catch(async (error: Error) => {
        throw new Error(`${error.message}: ${await docker('logs', name)}`)
      })
      writeFamily(join(folder, 'environments', family))
      const flags = ['--docker-host', host, '--environments', join(folder, 'environments')]
      server = await TestServer.start({ flags })
    },
    { timeout: 300_000 },
  )
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await docker('rm', '--force', '--volumes', name).catch(() => {})
    const built = await docker('images', '--quiet', `run-it/${family}`)
    if (built !== '') await docker('rmi', '--force', ...new Set(built.split('\n')))
    rmSync(folder, { recursive: true, force: true })
  })

  test('lets a server run programs, cold and warm, with input, files, time limits and cancels', async () => {
    const { runs } = server.client
    for (let index = 0; index < 4; index++) {
      const source = `echo ${index}; echo text > kept.txt`
      const run = await runs.submit({ environment: 'bash', source, artifacts: ['*.txt'] }, { wait: 60 })
      assert.equal(run.stages[0]?.stdout.content, `${index}\n`, JSON.stringify(run))
      assert.deepEqual(
        run.artifacts?.map(({ path }) => path),
        ['kept.txt'],
      )
    }
    const limits = { wallTimeMs: 500, memoryBytes: 48 * 1024 * 1024 }
    const slow = await runs.submit({ environment: 'bash', source: 'sleep 60', limits }, { wait: 60 })
    assert.equal(slow.outcome?.kind, 'timed-out')
    const endless = await runs.submit({ environment: 'bash', source: 'echo begun; sleep 60' })
    await waitFor('the program', async () => (await runs.stdout(endless.id)).length > 0)
    await runs.cancel(endless.id)
    assert.equal((await runs.wait(endless.id, { signal: AbortSignal.timeout(60_000) })).outcome?.kind, 'canceled')
    assertNothingRefused()
  })

  test('lets a server build an image, and the doctor look', async () => {
    const { runs } = server.client
    const run = await runs.submit({ environment: family, source: 'echo built' }, { wait: 120 })
    assert.equal(run.stages[0]?.stdout.content, 'built\n', `${JSON.stringify(run)} ${server.log}`)
    const doctor = await promisify(execFile)(process.execPath, [join(repository, 'src/main.ts'), 'doctor'], {
      env: { ...process.env, RUN_IT_DOCKER_HOST: host },
    })
    assert.match(doctor.stdout, /Programs can run/)
    assertNothingRefused()
  })

  test('refuses everything that run-it does not need', async () => {
    const refused = { statusCode: 403 }
    await assert.rejects(client.listVolumes(), refused)
    await assert.rejects(client.listSecrets(), refused)
    await assert.rejects(client.createNetwork({ Name: name }), refused)
    await assert.rejects(client.pruneContainers(), refused)
    const own = client.getContainer(name)
    await assert.rejects(own.exec({ Cmd: ['true'] }), refused)
    await assert.rejects(own.getArchive({ path: '/etc/passwd' }), refused)
    await assert.rejects(own.logs(), refused)
    await assert.rejects(own.commit(), refused)
    await assert.rejects(client.getImage('run-it/bash/../../secrets').inspect(), refused)
  })

  function assertNothingRefused(): void {
    assert.doesNotMatch(server.log, /403|Forbidden/i)
  }
})

function writeFamily(folder: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'environment.yaml'),
    `title: Proxied\nextensions: [.proxied]\nmain: main.proxied\ndebian: { version: "1.0", versionCommand: [echo, "1.0"] }\nrun: [sh, "{main}"]\n`,
  )
  writeFileSync(join(folder, 'Dockerfile'), 'ARG BASE=debian:bookworm-slim\nFROM $BASE\nRUN true\n')
  writeFileSync(join(folder, 'hello.proxied'), 'echo "Hello, world!"\n')
}
