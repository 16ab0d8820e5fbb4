import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Docker from 'dockerode'
import { removeImage } from './remove-image.ts'
import { pushed, tinyImage } from './tiny-image.ts'
import { waitFor } from './wait-for.ts'

const unpacked = fileURLToPath(new URL('../../.run-it/registry/usr/bin/docker-registry', import.meta.url))

/** The name and password that a registry with a lock takes. */
export const registryCredentials = { user: 'operator', password: 'right-password' } as const
/** bcrypt of the password; with the least cost, because the engine asks with it each time. */
const passwordFile = `${registryCredentials.user}:$2b$04$/mJpd9q28UT6Cb3dXvQUR.b0zaDVpoixXBo/7K7mzO0lIg4IsM0H2\n`

/** Debian's docker-registry on loopback, which engines trust without TLS. What was pushed of it is removed from the engine at its end. */
export class RealRegistry implements AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly address: string
  readonly folder: string
  readonly #child: ChildProcess
  readonly #isLocked: boolean
  readonly #tags: string[] = []
  readonly #docker = new Docker()

  private constructor(parts: { address: string; folder: string; child: ChildProcess; isLocked: boolean }) {
    this.address = parts.address
    this.folder = parts.folder
    this.#child = parts.child
    this.#isLocked = parts.isLocked
  }

  /**
   * With `lock` it wants the credentials above. With `of` it serves what that one has, in the network of a process; a registry is one
   * folder of files.
   */
  static async start(
    options: { readonly lock?: boolean; readonly of?: RealRegistry; readonly networkOf?: number } = {},
  ): Promise<RealRegistry> {
    const folder = await mkdtemp(join(tmpdir(), 'run-it-registry-'))
    const isLocked = options.lock ?? false
    const port = await freePort()
    const auth = `auth: { htpasswd: { realm: run-it, path: ${folder}/passwords } }\n`
    const config =
      `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: ${options.of?.folder ?? folder}/data } }\n` +
      `http: { addr: "127.0.0.1:${port}" }\n${isLocked ? auth : ''}`
    await writeFile(join(folder, 'passwords'), passwordFile)
    await writeFile(join(folder, 'config.yml'), config)
    const program = existsSync(unpacked) ? unpacked : 'docker-registry'
    const command = [program, 'serve', join(folder, 'config.yml')]
    const enter = options.networkOf === undefined ? [] : ['nsenter', `--net=/proc/${options.networkOf}/ns/net`]
    const [first = '', ...rest] = [...enter, ...command]
    const child = spawn(first, rest, { stdio: 'ignore' })
    const registry = new RealRegistry({ address: `127.0.0.1:${port}`, folder, child, isLocked })
    await registry.#listens(port)
    return registry
  }

  /** As its own network tells, which nobody else may be able to reach. */
  async #listens(port: number): Promise<void> {
    const listening = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} \\S+ 0A `)
    await waitFor('the registry', async () => {
      if (this.#child.exitCode !== null) throw new Error(`docker-registry exited with ${this.#child.exitCode}`)
      return listening.test(await readFile(`/proc/${this.#child.pid}/net/tcp`, 'utf8'))
    })
  }

  /** A tiny image, see `tinyImage`, under this name and tag; the engine forgets it again. Answers the digest that pulls it. */
  async push(name: string, tag: string, options: { readonly paddingBytes?: number } = {}): Promise<string> {
    const reference = `${this.address}/${name}:${tag}`
    const image = await tinyImage(this.#docker, reference, {
      marker: `${tag} ${randomBytes(8).toString('hex')}`,
      paddingBytes: options.paddingBytes ?? 0,
    })
    this.#tags.push(`${name}:${tag}`)
    const { user: username, password } = registryCredentials
    const digest = await pushed(image, this.#isLocked ? { username, password } : undefined)
    await image.remove({ force: true })
    return digest
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit')
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill()
      await exited
    }
    await removeImagesOf(this.#docker, this.address)
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** Everything that the engine has of the registry at this address. */
export async function removeImagesOf(docker: Docker, address: string): Promise<void> {
  for (const image of await docker.listImages({ digests: true } as object)) {
    const names = [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])]
    if (names.some(name => name.startsWith(`${address}/`))) {
      await removeImage(docker, image.Id)
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
