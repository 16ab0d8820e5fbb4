import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { isLocalName } from './target-policy.ts'

/** All addresses of a host, at least one. Rejects with the resolver's error. */
export type ResolveHost = (host: string, signal: AbortSignal) => Promise<readonly string[]>

const queryTimeoutMs = 2_000
const queryTries = 2

/**
 * Asks the DNS by itself, not the system's resolver: that one has a few threads for the whole process, which names that nobody
 * answers for could hold. So `/etc/hosts` does not count, and names are complete ones.
 */
export const resolveHost: ResolveHost = async (host, signal) => {
  if (isIP(host) !== 0) return [host]
  if (isLocalName(host)) return ['127.0.0.1']
  signal.throwIfAborted()
  const resolver = new Resolver({ timeout: queryTimeoutMs, tries: queryTries })
  const cancel = () => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
    const addresses = answers.flatMap(answer => (answer.status === 'fulfilled' ? answer.value : []))
    if (addresses.length > 0) return addresses
    throw answers.find(answer => answer.status === 'rejected')?.reason ?? new Error('it has no address')
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
