import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../run/problem.ts'

const wildcardHosts: readonly string[] = ['0.0.0.0', '::']
const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/**
 * Keeps web pages in the browser of somebody who runs this server from using it, as long as no key protects it.
 *
 * - A page that makes its own name point here (DNS rebinding) sends that name as Host. A name that we were not told of is
 *   refused; an address is no name, so a server that listens on all addresses takes any.
 * - A page of another origin that posts here, or opens a WebSocket, says so in Sec-Fetch-Site or Origin.
 */
export function refuseForeign(request: FastifyRequest, listenHost: string): void {
  const { host, origin } = request.headers
  if (!isOurHost(host, listenHost)) {
    throw new Problem('host-not-allowed', 'The Host header names a host that this server does not answer for.')
  }
  // Browsers let any page read from a WebSocket, and write to it: nothing about it is safe but what we refuse.
  const isSafe = safeMethods.includes(request.method) && request.headers.upgrade === undefined
  if (!isSafe && isCrossOrigin(request, host, origin)) {
    throw new Problem('cross-site-request', 'Requests that come from a page of another web site are refused.')
  }
}

function isOurHost(host: string | undefined, listenHost: string): boolean {
  const url = host === undefined ? null : URL.parse(`http://${host}`)
  // Anything that is more than a name and a port is no Host.
  if (url === null || url.pathname !== '/' || url.search !== '' || url.username !== '') {
    return false
  }
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return (
    name === 'localhost' ||
    name === '::1' ||
    (isIP(name) === 4 && name.startsWith('127.')) ||
    name === listenHost.toLowerCase() ||
    (isIP(name) !== 0 && wildcardHosts.includes(listenHost))
  )
}

function isCrossOrigin(request: FastifyRequest, host: string | undefined, origin: string | undefined): boolean {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) {
    return site !== 'same-origin' && site !== 'none'
  }
  return origin !== undefined && URL.parse(origin)?.host !== URL.parse(`http://${host}`)?.host
}
