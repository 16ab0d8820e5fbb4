import ipaddr from 'ipaddr.js'

/** What a list of ranges says of no address: where clouds answer beside the link-local one, and documentation that is newer than the library's list. */
const further = ['168.63.129.16/32', '3fff::/20'].map(range => ipaddr.parseCIDR(range))
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Whether an address is one of the public internet, and of nothing else: neither private, loopback, link-local, shared (CGNAT), multicast,
 * unspecified, reserved or for documentation, nor an IPv6 address that stands for an IPv4 one (mapped, 6to4, NAT64, Teredo).
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.parse(text)
  if (address.range() !== 'unicast') return false
  if (address instanceof ipaddr.IPv6 && !address.match(globalUnicast)) return false
  return !further.some(range => isWithin(address, range))
}

export type AddressRange = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

/** `10.0.0.0/8`, `fd00::/8` or one address. Undefined if it is neither. */
export function parseAddressRange(text: string): AddressRange | undefined {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text)
    // Only the usual spelling: `0x7f.1` would be read as an address too.
    if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return undefined
    const address = ipaddr.parse(text)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  } catch {
    return undefined
  }
}

export function isAddressWithin(text: string, ranges: readonly AddressRange[]): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.parse(text)
  return ranges.some(range => isWithin(address, range))
}

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: AddressRange): boolean {
  return address.kind() === network.kind() && address.match(network, bits)
}
