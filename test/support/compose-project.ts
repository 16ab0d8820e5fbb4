import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { BuildContext, docker, findBase, isImageHere, removeProductImage } from './product-image.ts'
import { repository } from './source-files.ts'

const run = promisify(execFile)
const socket = '/var/run/docker.sock'
const substitutes = join(repository, 'deploy/compose/substitutes')
const pullDeadlineMs = 300_000

interface Compose {
  readonly services: Readonly<Record<string, { readonly image: string }>>
}

/** compose.yaml as an operator starts it, under a name and at a port of its own. */
export class ComposeProject implements AsyncDisposable {
  readonly name: string
  readonly port: number
  readonly #command: readonly string[]
  readonly #folder = mkdtempSync(join(tmpdir(), 'run-it-compose-'))
  readonly #context = new BuildContext()
  readonly #image: string

  private constructor(name: string, port: number, command: readonly string[]) {
    this.name = name
    this.port = port
    this.#command = command
    this.#image = `${name}-image`
  }

  /** Images that no registry gives are made of Debian's packages, and stay: they change as seldom as Debian does. */
  static async create(options: { readonly name: string; readonly port: number }): Promise<ComposeProject> {
    const project = new ComposeProject(options.name, options.port, await findCompose())
    const { services }: Compose = parse(readFileSync(join(repository, 'compose.yaml'), 'utf8'), { merge: true })
    const entries = await Promise.all(
      Object.entries(services).map(
        async ([service, { image }]) => [service, await project.#override(service, image)] as const,
      ),
    )
    writeFileSync(join(project.#folder, 'override.yaml'), JSON.stringify({ services: Object.fromEntries(entries) }))
    return project
  }

  async #override(service: string, image: string): Promise<object> {
    if (image !== 'run-it') return { image: await publishedOrSubstitute(image) }
    if (service !== 'api-1') return { image: this.#image }
    const build = { context: this.#context.folder, args: { BASE: await findBase() } }
    return { image: this.#image, build }
  }

  async compose(...args: readonly string[]): Promise<string> {
    const [program = '', ...first] = this.#command
    const files = ['--file', 'compose.yaml', '--file', join(this.#folder, 'override.yaml')]
    const variables = {
      POSTGRES_PASSWORD: 'password-of-the-tests',
      DOCKER_GROUP: String(statSync(socket).gid),
      PORT: String(this.port),
      COMPOSE_PROJECT_NAME: this.name,
      // The classic builder is there wherever the engine is.
      COMPOSE_DOCKER_CLI_BUILD: '0',
    }
    const { stdout } = await run(program, [...first, ...files, ...args], {
      cwd: repository,
      env: { ...process.env, ...variables },
      maxBuffer: 64 * 1024 * 1024,
    })
    return stdout.trim()
  }

  /** The container of a service. */
  async containerOf(service: string): Promise<string> {
    return await this.compose('ps', '--quiet', service)
  }

  /** Ends a service's process as the kernel would: what the engine is told, it takes for a wish. */
  async crash(service: string): Promise<void> {
    const pid = Number(await docker('inspect', '--format={{.State.Pid}}', await this.containerOf(service)))
    process.kill(pid, 'SIGKILL')
  }

  async down(): Promise<void> {
    await this.compose('--profile', 'tools', 'down', '--volumes', '--remove-orphans')
  }

  /** What the engine has of it, of whatever kind. */
  async leftovers(): Promise<readonly string[]> {
    const filter = `--filter=label=com.docker.compose.project=${this.name}`
    const lists = await Promise.all([
      docker('ps', '--all', '--quiet', filter),
      docker('network', 'ls', '--quiet', filter),
      docker('volume', 'ls', '--quiet', filter),
    ])
    return lists.flatMap(list => list.split('\n')).filter(id => id !== '')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.down()
    } finally {
      await removeProductImage(this.#image).catch(() => {})
      this.#context[Symbol.dispose]()
      rmSync(this.#folder, { recursive: true, force: true })
    }
  }
}

/** The plugin of Docker's client, else the program that Debian 12 has. */
async function findCompose(): Promise<readonly string[]> {
  for (const command of [['docker', 'compose'], ['docker-compose']]) {
    const [program = '', ...args] = command
    const isHere = await run(program, [...args, 'version']).then(
      () => true,
      () => false,
    )
    if (isHere) return command
  }
  throw new Error('neither `docker compose` nor `docker-compose` is installed')
}

async function publishedOrSubstitute(image: string): Promise<string> {
  if (await isImageHere(image)) return image
  const isPulled = await run('docker', ['pull', '--quiet', image], { timeout: pullDeadlineMs }).then(
    () => true,
    () => false,
  )
  if (isPulled) return image
  const [target = ''] = image.split(':')
  const substitute = `run-it-test/${target}`
  const args = ['--quiet', `--tag=${substitute}`, `--target=${target}`, `--build-arg=BASE=${await findBase()}`]
  await docker('build', ...args, substitutes)
  return substitute
}
