import { isIP } from 'node:net'
import { type AddressRange, isAddressWithin, isPublicAddress, parseAddressRange } from './address.ts'

const maxUrlCharacters = 2048
/** Below it are services that are no web servers, and that a request could be a command for. */
const firstFreePort = 1024
const webPorts: readonly string[] = ['', '80', '443']
const hostName = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/

/** A name that ends so would be read as an address. */
const numberLike = /(^|\.)(\d+|0x[0-9a-f]*)$/

/** `public`: anybody's. `allowed`: what the operator named, for which some rules do not count. */
export type Trust = 'public' | 'allowed'

/** Where webhooks may be delivered to. What cannot be known before a name is resolved is asked again at each delivery. */
export class TargetPolicy {
  readonly #ranges: readonly AddressRange[]
  readonly #hosts: ReadonlySet<string>

  private constructor(ranges: readonly AddressRange[], hosts: ReadonlySet<string>) {
    this.#ranges = ranges
    this.#hosts = hosts
  }

  /** From the setting: addresses, ranges and host names, with commas or spaces between them. Throws an error for people. */
  static parse(text: string): TargetPolicy {
    const entries = text.split(/[\s,]+/).filter(entry => entry !== '')
    const hosts = new Set<string>()
    const ranges: AddressRange[] = []
    for (const entry of entries) {
      const range = parseAddressRange(entry)
      const host = entry.toLowerCase().replace(/\.$/, '')
      if (range !== undefined) ranges.push(range)
      else if (hostName.test(host) && !numberLike.test(host)) hosts.add(host)
      else throw new Error(`"${entry}" is neither an address, nor a range such as 10.0.0.0/8, nor a host name`)
    }
    return new TargetPolicy(ranges, hosts)
  }

  /** What is wrong with a webhook's URL, as far as that can be told without resolving it. */
  fault(text: string): string | undefined {
    const url = text.length <= maxUrlCharacters ? URL.parse(text) : null
    if (url === null) return `must be a URL of at most ${maxUrlCharacters} characters`
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://'
    if (url.username !== '' || url.password !== '') return 'must not contain a user name or a password'
    const host = hostOf(url)
    const addresses = isIP(host) !== 0 ? [host] : isLocalName(host) ? ['127.0.0.1'] : undefined
    if (addresses !== undefined) return this.connectionFault(url, addresses)
    // A name may lead to an address that is allowed.
    const mayBeTrusted = this.#hosts.has(host) || this.#ranges.length > 0
    return mayBeTrusted ? undefined : ruleFault(url, 'public')
  }

  /** What is wrong with delivering to these addresses, which are all that the URL's host has. */
  connectionFault(url: URL, addresses: readonly string[]): string | undefined {
    const host = hostOf(url)
    const trusts = addresses.map(address => this.#trustIn(address, host))
    if (trusts.length === 0 || trusts.includes(undefined)) {
      return 'leads to an address that this installation does not deliver to'
    }
    return ruleFault(url, trusts.includes('public') ? 'public' : 'allowed')
  }

  #trustIn(address: string, host: string): Trust | undefined {
    if (this.#hosts.has(host) || isAddressWithin(address, this.#ranges)) return 'allowed'
    return isPublicAddress(address) ? 'public' : undefined
  }
}

/** Without the brackets of an IPv6 address and the dot of the root. `URL` has brought it to one spelling already. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
}

/** RFC 6761: these never leave the machine, whatever a resolver says. */
export function isLocalName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost')
}

function ruleFault(url: URL, trust: Trust): string | undefined {
  if (trust === 'allowed') return undefined
  if (url.protocol !== 'https:') return 'must begin with https://: others could read what is sent'
  if (!webPorts.includes(url.port) && Number(url.port) < firstFreePort) {
    return `must have the port 443, 80, or one from ${firstFreePort} up`
  }
  return undefined
}
