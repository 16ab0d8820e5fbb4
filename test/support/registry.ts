import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { tarball } from '../../src/platform/docker/tarball.ts'

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json'

interface Stored {
  readonly type: string
  readonly bytes: Buffer
}

/** A registry on loopback, which engines trust without TLS: what a pull asks for, and nothing else. */
export class TestRegistry implements AsyncDisposable {
  /** Every address that was asked for, in order. */
  readonly requests: string[] = []
  readonly #server: Server
  readonly #blobs = new Map<string, Stored>()
  readonly #tags = new Map<string, string>()

  private constructor(server: Server) {
    this.#server = server
    server.on('request', (request, reply) => {
      const path = new URL(request.url ?? '/', 'http://registry').pathname
      this.requests.push(path)
      const found = this.#find(path)
      if (found === undefined) {
        const body = JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] })
        return reply.writeHead(404, { 'content-type': 'application/json' }).end(body)
      }
      const headers = { 'content-type': found.type, 'content-length': found.bytes.length }
      reply.writeHead(200, { ...headers, 'docker-content-digest': digestOf(found.bytes) })
      reply.end(request.method === 'HEAD' ? undefined : found.bytes)
    })
  }

  static async start(): Promise<TestRegistry> {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return new TestRegistry(server)
  }

  /** `127.0.0.1:PORT` */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** An image with one file, under this name and tag from now on. Answers the digest that pulls it. */
  async push(name: string, tag: string, content: string): Promise<string> {
    const layer = await buffer(tarball([{ name: 'content', mode: 0o644, bytes: Buffer.from(content) }]))
    const config = {
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: { Env: [`CONTENT=${content}`] },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }
    const compressed = this.#put('application/octet-stream', gzipSync(layer))
    const configuration = this.#put('application/octet-stream', Buffer.from(JSON.stringify(config)))
    const manifest = {
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...configuration },
      layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', ...compressed }],
    }
    const { digest } = this.#put(manifestType, Buffer.from(JSON.stringify(manifest)))
    this.#tags.set(`${name}:${tag}`, digest)
    return digest
  }

  /** As if it had been deleted there. */
  forget(digest: string): void {
    this.#blobs.delete(digest)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #put(type: string, bytes: Buffer): { digest: string; size: number } {
    const digest = digestOf(bytes)
    this.#blobs.set(digest, { type, bytes })
    return { digest, size: bytes.length }
  }

  #find(path: string): Stored | undefined {
    if (path === '/v2/') return { type: 'application/json', bytes: Buffer.from('{}') }
    const [, name = '', reference = ''] = /^\/v2\/(.+)\/(?:manifests|blobs)\/([^/]+)$/.exec(path) ?? []
    return this.#blobs.get(this.#tags.get(`${name}:${reference}`) ?? reference)
  }
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
