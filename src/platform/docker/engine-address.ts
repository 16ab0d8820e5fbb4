import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { PlatformError } from '../platform-error.ts'

const usualSocket = '/var/run/docker.sock'
const plainPort = 2375
const tlsPort = 2376

type Variables = Readonly<Record<string, string | undefined>>

/** Where the engine is, in the words of `DOCKER_HOST`. What an operator set for this program goes first. */
export function engineAddress(host: string | undefined, variables: Variables = process.env): string {
  return host || variables.DOCKER_HOST || `unix://${usualSocket}`
}

/**
 * How to reach it, as Docker's own client reads it: `unix:///run/docker.sock`, or `tcp://host:port`, which is TLS with `https://`, at
 * port 2376, or with `DOCKER_TLS_VERIFY`. Its files are in the folder `DOCKER_CERT_PATH`. The library's own reading would
 * leave the variables about TLS out where it is given an address.
 */
export function connectionOptions(host: string | undefined, variables: Variables = process.env): Docker.DockerOptions {
  // The library finds the socket, which on a desktop is elsewhere.
  if (!host && !variables.DOCKER_HOST) return {}
  const address = engineAddress(host, variables)
  // The library takes what it reads of `DOCKER_HOST` by itself for whatever is missing here, and goes by a host first.
  if (address.startsWith('unix://')) {
    return { socketPath: address.slice('unix://'.length) || usualSocket, host: '', protocol: 'http' }
  }
  const { scheme, hostname, port } = readAddress(address)
  const wantsTls = port === tlsPort || Boolean(variables.DOCKER_TLS_VERIFY)
  return scheme === 'https' || (scheme === 'tcp' && wantsTls)
    ? { protocol: 'https', host: hostname, port: port ?? tlsPort, ...readCertificates(variables) }
    : { protocol: 'http', host: hostname, port: port ?? plainPort }
}

function readAddress(address: string): { readonly scheme: string; readonly hostname: string; readonly port?: number } {
  const [scheme = '', rest] = (address.includes('://') ? address : `tcp://${address}`).split('://')
  // Not as http, whose own port would be left out.
  const url = URL.parse(`tcp://${rest}`)
  if (!['tcp', 'http', 'https'].includes(scheme) || url === null || url.hostname === '')
    throw unusable(`${address} is no address of one that is supported: unix:///var/run/docker.sock, or tcp://host:2376`)
  // With the brackets of an IPv6 address: the library makes it part of a URL again.
  return { scheme, hostname: url.hostname, ...(url.port === '' ? {} : { port: Number(url.port) }) }
}

/** Who the engine is, and who we are. An engine that took anybody's word would give root away. */
function readCertificates(variables: Variables): { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer } {
  const folder = variables.DOCKER_CERT_PATH || join(homedir(), '.docker')
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw unusable(`its address asks for TLS, and DOCKER_CERT_PATH has no ${name} that can be read: ${why}`, error)
    }
  }
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') }
}

function unusable(why: string, cause?: unknown): PlatformError {
  return new PlatformError('unavailable', `The engine could not be reached: ${why}.`, { cause })
}
