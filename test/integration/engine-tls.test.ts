import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import { PrivateEngine } from '../support/private-engine.ts'
import { repository } from '../support/source-files.ts'
import { TlsAuthority } from '../support/tls-files.ts'

const run = promisify(execFile)
/** Its certificate has the address; `localhost` is the same, but not in it. */
const address = 'tcp://127.0.0.1:2376'

interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

suite('an engine over TLS', () => {
  let folder: string
  let engine: PrivateEngine
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'run-it-tls-'))
    const authority = await TlsAuthority.make(join(folder, 'authority'))
    const server = await authority.sign(join(folder, 'server'), ['IP:127.0.0.1'])
    await authority.sign(join(folder, 'client'))
    const stranger = await TlsAuthority.make(join(folder, 'stranger-authority'))
    await stranger.sign(join(folder, 'stranger'))
    // Trusts the engine, and is not trusted by it.
    await cp(join(folder, 'stranger'), join(folder, 'intruder'), { recursive: true })
    await cp(join(folder, 'client/ca.pem'), join(folder, 'intruder/ca.pem'))
    const files = ['ca', 'cert', 'key'].map(name => `--tls${name === 'ca' ? 'cacert' : name}=${server}/${name}.pem`)
    engine = await PrivateEngine.start({ flags: ['--host', address, '--tlsverify', ...files] })
    for (const reference of await imagesOf('run-it/bash')) await engine.copyImage(reference)
    await writeFile(join(folder, 'hello.sh'), 'echo "hello from $((6 * 7))"\n')
  })
  after(async () => {
    await engine?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  /** In the network of the engine, whose loopback nobody else reaches. */
  function start(variables: Readonly<Record<string, string>>, ...args: readonly string[]) {
    const command = [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      join(repository, 'src/main.ts'),
      ...args,
    ]
    const { DOCKER_HOST: _, ...inherited } = process.env
    const options = { cwd: folder, env: { ...inherited, NO_COLOR: '1', ...variables }, timeout: 120_000 }
    const running = run('nsenter', [`--net=/proc/${engine.pid}/ns/net`, ...command], options)
    // Nobody types anything.
    running.child.stdin?.end()
    return running
  }

  async function runIt(variables: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Answer> {
    return await start(variables, ...args).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: Answer) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
    )
  }

  const certificates = (name: string) => ({ DOCKER_CERT_PATH: join(folder, name) })

  const ways = [
    ['DOCKER_HOST', { DOCKER_HOST: address, DOCKER_TLS_VERIFY: '1' }],
    ['a setting of its own', { RUN_IT_DOCKER_HOST: address }],
  ] as const
  for (const [name, variables] of ways) {
    test(`runs programs, and the doctor is content, when named by ${name}`, async () => {
      const answer = await runIt({ ...variables, ...certificates('client') }, 'run', 'hello.sh')
      assert.deepEqual([answer.code, answer.stdout], [0, 'hello from 42\n'], answer.stderr)
      const doctor = await runIt({ ...variables, ...certificates('client') }, 'doctor')
      assert.equal(doctor.code, 0, doctor.stdout)
      assert.match(doctor.stdout, /^ok +engine +Docker Engine/m)
    })
  }

  const troubles = [
    ['an engine of another authority', address, 'stranger', /unable to verify|self.signed|local issuer/],
    ['a certificate of ours that the engine does not take', address, 'intruder', /certificate|alert/],
    ['a name that is not the engine’s', 'tcp://localhost:2376', 'client', /Host: localhost\. is not/],
    ['no certificates', address, 'nowhere', /DOCKER_CERT_PATH has no ca\.pem/],
    ['no TLS', 'http://127.0.0.1:2376', 'client', /HTTP request to an HTTPS server/],
  ] as const
  for (const [name, host, certificatesName, expected] of troubles) {
    test(`the doctor tells of ${name}, and what to do`, async () => {
      const { code, stdout } = await runIt({ RUN_IT_DOCKER_HOST: host, ...certificates(certificatesName) }, 'doctor')
      assert.equal(code, 69, stdout)
      assert.match(stdout, /^FAILED +engine +no connection that is trusted to /m)
      assert.match(stdout, expected)
      assert.match(stdout, /→ .*DOCKER_CERT_PATH/)
    })
  }

  test('an engine that is not trusted is one that is away: a run waits for it, and nothing is called a bug', async () => {
    const variables = { RUN_IT_DOCKER_HOST: address, ...certificates('stranger') }
    const running = start(variables, 'run', 'hello.sh')
    let said = ''
    running.child.stderr?.on('data', (chunk: Buffer | string) => {
      said += String(chunk)
      if (said.includes('runs wait')) running.child.kill('SIGTERM')
    })
    await running.catch(() => {})
    assert.match(said, /the platform is away, runs wait: The engine could not be reached/)
    assert.doesNotMatch(said, /at .*\.ts:\d+/)
  })
})

async function imagesOf(repositoryName: string): Promise<readonly string[]> {
  const images = await new Docker().listImages({ filters: { reference: [repositoryName] } })
  return images.flatMap(({ RepoTags }) => RepoTags ?? [])
}
