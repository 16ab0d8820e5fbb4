import type { ImageProgress } from '../../run/event.ts'
import { PlatformError } from '../platform-error.ts'
import type { DockerEngine } from './engine.ts'
import { engineMessage } from './engine-error.ts'
import { readEngineMessages } from './engine-messages.ts'
import { splitReference } from './image-reference.ts'
import { PullProgress } from './pull-progress.ts'
import { credentialsFor, type RegistrySettings } from './registry.ts'

const maxWhyCharacters = 500

export type PullResult =
  | { readonly kind: 'pulled' }
  /** The registry answered: it has no such image. */
  | { readonly kind: 'not-found'; readonly why: string }
  /** It does not give it to us. */
  | { readonly kind: 'denied'; readonly why: string }
  /** The registry could not be reached, did not go on, or asked us to come back later. */
  | { readonly kind: 'registry-away'; readonly why: string }
  /** The engine has no room for it. */
  | { readonly kind: 'disk-full'; readonly why: string }

/** Pulls one image. Rejects only when the engine itself is away, or the signal is aborted. */
export async function pullImage(
  engine: DockerEngine,
  reference: string,
  registry: RegistrySettings,
  onProgress: (progress: ImageProgress) => void,
  signal: AbortSignal,
): Promise<PullResult> {
  const { repository, tag } = splitReference(reference)
  const { imagePlatform } = registry
  const progress = new PullProgress(reference)
  onProgress({ phase: 'pull', message: `Pulling ${reference}` })
  try {
    return await engine.call(
      `pull ${reference}`,
      signal,
      async (client, abortSignal) => {
        const query = { fromImage: repository, tag, ...(imagePlatform !== undefined && { platform: imagePlatform }) }
        const stream = await heard(registry.stallMs, abortSignal, stoppable =>
          client.createImage(authorization(reference, registry), { ...query, abortSignal: stoppable }),
        )
        for await (const message of readEngineMessages(stream, registry.stallMs)) {
          // The engine itself gives up when it is told to stop; nobody else cancels but by hanging up.
          if (message.error?.endsWith('context canceled')) throw new PlatformError('unavailable', message.error)
          if (message.error !== undefined) return failed(message.error)
          const step = progress.add(message)
          if (step !== undefined) onProgress(step)
        }
        return { kind: 'pulled' }
      },
      registry.deadlineMs,
    )
  } catch (error) {
    signal.throwIfAborted()
    const cause = error instanceof PlatformError ? error.cause : error
    const why = engineMessage(cause ?? error)
    if (progress.hasBegun && isDeadline(cause)) {
      return { kind: 'registry-away', why: `it took longer than ${registry.deadlineMs / 1000} s, and was given up` }
    }
    // The engine says 404 for "no such image", and 500 with the network's own words for a registry that it cannot reach.
    if (cause instanceof Error && 'statusCode' in cause) return failed(why)
    if (error instanceof PlatformError) throw error
    return { kind: 'registry-away', why }
  }
}

/** The engine's first word, which it says when the registry has said something. Whoever waits too long hangs up. */
async function heard<Answer>(
  stallMs: number,
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const hangUp = new AbortController()
  const { promise: silence, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new Error(`nothing was heard for ${stallMs / 1000} s`))
    hangUp.abort()
  }, stallMs)
  try {
    return await Promise.race([ask(AbortSignal.any([signal, hangUp.signal])), silence])
  } finally {
    clearTimeout(timer)
  }
}

function isDeadline(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'DeadlineError'
}

/** The first argument of the library's call. */
function authorization(reference: string, registry: RegistrySettings): object {
  const credentials = credentialsFor(reference, registry)
  return credentials === undefined ? {} : { username: credentials.user, password: credentials.password }
}

/** The engine hands on what the registry says, in words alone. They end up on terminals, and a registry may say anything. */
function failed(said: string): PullResult {
  // The library's wrapping is of no help to anybody.
  const words = said.replace(/^\(HTTP code \d+\) [a-z ]+ - /, '')
  const why = words
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, maxWhyCharacters)
  if (/no space left on device|disk quota exceeded/i.test(why)) return { kind: 'disk-full', why }
  if (/toomanyrequests|too many requests|\b429\b/i.test(why)) return { kind: 'registry-away', why }
  if (/unauthorized|denied|no basic auth|authentication required|\b40[13]\b/i.test(why)) return { kind: 'denied', why }
  if (
    /not found|not known|name unknown|manifest unknown|no matching manifest|does not match the specified platform/i.test(
      why,
    )
  ) {
    return { kind: 'not-found', why }
  }
  return { kind: 'registry-away', why }
}
