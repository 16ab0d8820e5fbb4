import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import type { Run } from '../../sdk/src/types.ts'
import { RealRegistry, registryCredentials, removeImagesOf } from '../support/real-registry.ts'
import { RegistryProxy } from '../support/registry-proxy.ts'
import { removeImage } from '../support/remove-image.ts'
import { TestServer } from '../support/server.ts'
import { tinyImage, tinyRecipe } from '../support/tiny-image.ts'
import { waitFor } from '../support/wait-for.ts'

const mainPath = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const deadlineMs = 60_000
const MiB = 1024 * 1024

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function runIt(...argv: readonly string[]): Promise<Ended> {
  const options = { env: { ...process.env, RUN_IT_SERVER: '' }, timeout: 120_000 }
  const running = promisify(execFile)(process.execPath, [mainPath, ...argv], options)
  running.child.stdin?.end()
  return await running.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Ended) => error,
  )
}

suite('images of any version', () => {
  const docker = new Docker()
  let folder: string
  let registry: RealRegistry
  let proxy: RegistryProxy
  let server: TestServer
  before(async () => {
    registry = await RealRegistry.start({ lock: true })
    proxy = await RegistryProxy.start(registry.address)
    // As official images are in a mirror.
    for (const tag of ['1.0.0', '1.16.4', '1.17.0']) await registry.push('library/tiny', tag)
    await registry.push('library/tiny', '1.16.3', { paddingBytes: 4 * MiB })
    folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
    await mkdir(join(folder, 'environments', 'tiny'), { recursive: true })
    const yaml = `title: Tiny\nimage: tiny:{version}\nversions: ["1.0.0"]\nallow: ">=1.16"\n${tinyRecipe}`
    await writeFile(join(folder, 'environments', 'tiny', 'environment.yaml'), yaml)
    await writeFile(join(folder, 'password'), `${registryCredentials.password}\n`)
    server = await startServer()
  })
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    if (proxy !== undefined) await removeImagesOf(docker, proxy.address)
    await proxy?.[Symbol.asyncDispose]()
    await registry?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  function startServer(): Promise<TestServer> {
    const flags = ['--registry', `${proxy.address}/`, '--registry-user', registryCredentials.user]
    const more = ['--warm-memory-bytes', '0', '--pull-stall-timeout-ms', '2s', '--slots', '4']
    const variables = { RUN_IT_REGISTRY_PASSWORD_FILE: join(folder, 'password') }
    return TestServer.start({ dataDirectory: folder, flags: [...flags, ...more], variables })
  }

  async function finished(id: string): Promise<Run> {
    return await server.client.runs.wait(id, { signal: AbortSignal.timeout(deadlineMs) })
  }

  async function run(environment: string): Promise<Run> {
    return await finished((await server.client.runs.submit({ environment, source: 'hello\n' })).id)
  }

  async function storyOf(id: string): Promise<string[]> {
    const states: string[] = []
    for await (const event of server.client.runs.events(id)) {
      states.push(event.type === 'state' ? event.state : event.type)
    }
    return states
  }

  test('a run gets the version that it asks for, and tells how it comes; many runs get it once', async () => {
    const submission = { environment: 'tiny@1.16.3', source: 'hello\n' }
    const submitted = await Promise.all(Array.from({ length: 20 }, () => server.client.runs.submit(submission)))
    const stories = await Promise.all(submitted.map(({ id }) => storyOf(id)))
    // Those that were taken while it came; for the others it was there.
    const watched = stories.filter(states => states.includes('progress'))
    assert.ok(watched.length > 0, stories.join('; '))
    for (const states of watched) {
      assert.ok(states.indexOf('progress') > states.indexOf('preparing'), states.join())
      assert.ok(states.lastIndexOf('progress') < states.indexOf('running'), states.join())
    }
    const runs = await Promise.all(submitted.map(({ id }) => finished(id)))
    for (const { outcome, environment, stages } of runs) {
      assert.deepEqual(outcome, { kind: 'exited', code: 0 })
      assert.deepEqual([environment.version, environment.digest], ['1.16.3', runs[0]?.environment.digest])
      assert.equal(stages[0]?.stdout.content, 'hello\n')
    }
    const pulls = proxy.requests.filter(request => /^GET .*\/manifests\/(1\.16\.3|sha256:)/.test(request))
    assert.equal(new Set(pulls).size, pulls.length, pulls.join('\n'))
  })

  test('an operation gets it beforehand, and the environments tell what it takes and when it was used', async () => {
    const { client } = server
    const made = await client.environments.pull('tiny@1.17.0')
    const told: string[] = []
    for await (const event of client.operations.events(made.id)) told.push(event.type)
    assert.equal(told.at(-1), 'finished')
    const { outcome } = await client.operations.get(made.id)
    assert.ok(outcome?.kind === 'succeeded', JSON.stringify(outcome))
    const ready = () =>
      waitFor('the image to be told', async () => {
        const { ready } = await client.environments.get('tiny')
        return ready.find(image => image.digest === outcome.environment.digest && image.lastUsedAt !== undefined)
      })
    assert.ok(((await ready()).sizeBytes ?? 0) > 100_000)
    const asked = proxy.requests.length
    assert.equal((await run('tiny@1.17.0')).environment.digest, outcome.environment.digest)
    assert.equal(proxy.requests.length, asked)
    const { stdout } = await runIt('env', 'list', '--server', server.url)
    assert.match(stdout, /^tiny\tTiny\t1\.0\.0\t[0-9. ]*1\.17\.0[0-9. ]*\t[0-9.]+ [KM]iB\t\d+ (s|min) ago\t\.tiny$/m)
  })

  test('a server that starts knows the versions that were asked for before, advertised or not', async () => {
    await server.end('SIGTERM')
    server = await startServer()
    await waitFor('the image to be told', async () => {
      const { ready } = await server.client.environments.get('tiny')
      return ready.some(image => image.version === '1.17.0' && image.sizeBytes !== undefined)
    })
  })

  test('a version that nobody has ends with the nearest ones, for a run and for the command line', async () => {
    const { outcome } = await run('tiny@1.16.9')
    assert.ok(outcome?.kind === 'failed' && outcome.code === 'environment-unavailable')
    assert.match(outcome.detail, /nearest: tiny@1\.16\.4, tiny@1\.16\.3, tiny@1\.17\.0/)
    const pulled = await runIt('env', 'pull', 'tiny@1.16.9', '--server', server.url)
    assert.equal(pulled.code, 69)
    assert.match(pulled.stderr, /nearest: tiny@1\.16\.4/)
    await assert.rejects(server.client.environments.pull('tiny@1.2.0'), { status: 422 })
  })

  test('an image that is removed while its runs come is pulled again for them', async () => {
    const { environment } = await run('tiny@1.16.4')
    const inspected = await docker.getImage(`${proxy.address}/library/tiny:1.16.4`).inspect()
    await removeImage(docker, inspected.Id)
    const again = await server.client.runs.submit({ environment: 'tiny@1.16.4', source: 'again\n', maxAttempts: 1 })
    const { outcome, attempt, environment: second } = await finished(again.id)
    assert.deepEqual([outcome, attempt], [{ kind: 'exited', code: 0 }, 1])
    assert.equal(second.digest, environment.digest)
  })

  test('a registry that stalls ends a run in time, and holds no slot for ever', async () => {
    await removeImagesOf(docker, proxy.address)
    proxy.trouble(/\/blobs\//, 'stall', 100)
    const { outcome } = await run('tiny@1.0.0')
    assert.ok(outcome?.kind === 'failed' && outcome.code === 'environment-unavailable')
    assert.match(outcome.detail, /nothing was heard for 2 s/)
    await waitFor('the slot to be free', async () => (await server.client.workers())[0]?.busySlots === 0)
  })

  test('the password is in no log', () => {
    assert.ok(server.log.length > 0)
    assert.doesNotMatch(server.log, new RegExp(registryCredentials.password))
  })
})

suite('environments of an operator', () => {
  const docker = new Docker()
  const image = `run-it-test-${randomUUID().slice(0, 8)}`
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
    await tinyImage(docker, `${image}:1.0.0`, { marker: 'base', paddingBytes: 0 })
  })
  after(async () => {
    // By name: what bears one of ours can be an image of somebody else's as well.
    const names = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? [])
    const ours = names.filter(name => name.startsWith(`${image}:`) || name.startsWith(`run-it/${image}:`))
    for (const name of ours) await removeImage(docker, name)
    await rm(folder, { recursive: true, force: true })
  })

  test('one that `env new` wrote says hello at once, and so does one that is built on another image', async () => {
    const own = join(folder, 'own')
    const base = await runIt(
      'run',
      '--env',
      'bash',
      '--json',
      fileURLToPath(new URL('../../environments/bash/hello.sh', import.meta.url)),
    )
    const { digest } = JSON.parse(base.stdout).environment
    await docker.getImage(digest).tag({ repo: image, tag: '5.2' })
    const made = await runIt('env', 'new', 'lab', '--image', `${image}:5.2`, '--environments', own)
    assert.equal(made.code, 0, made.stderr)
    const command = /^Try it: run-it (run --env lab .*)$/m.exec(made.stderr)?.[1]?.split(' ') ?? []
    const hello = await runIt(...command.map(word => (word.endsWith('hello.sh') ? join(own, 'lab', 'hello.sh') : word)))
    assert.deepEqual([hello.code, hello.stdout], [0, 'Hello, world!\n'], hello.stderr)

    const built = await runIt('env', 'new', image, '--image', `${image}:5.2`, '--dockerfile', '--environments', own)
    assert.equal(built.code, 0, built.stderr)
    const dockerfile = join(own, image, 'Dockerfile')
    await writeFile(dockerfile, `${await readFile(dockerfile, 'utf8')}RUN echo library > /library\n`)
    const program = join(folder, 'show.sh')
    await writeFile(program, 'cat /library\n')
    const ran = await runIt('run', '--env', image, '--environments', own, program)
    assert.deepEqual([ran.code, ran.stdout], [0, 'library\n'], ran.stderr)
  })

  test('a mistake in one is told with its place, and nothing starts', async () => {
    const own = join(folder, 'wrong')
    await mkdir(join(own, 'lab'), { recursive: true })
    const file = join(own, 'lab', 'environment.yaml')
    await writeFile(
      file,
      'title: Lab\nextensions: [.sh]\nmain: a/b\nimage: lab:{version}\nversions: [1.20]\nrun: [sh]\n',
    )
    const { code, stderr } = await runIt('env', 'pull', 'lab', '--environments', own)
    assert.equal(code, 78, stderr)
    assert.deepEqual(stderr.trimEnd().split('\n'), [
      `run-it: ${file}:3:1: "main" cannot be "a/b"; it must be a file name such as main.py`,
      `run-it: ${file}:5:12: "versions" takes strings only; put quotes around 1.20`,
    ])
  })
})
