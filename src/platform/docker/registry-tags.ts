import type { RegistryCredentials } from './registry.ts'

/** Somebody waits to be told that his version is not there: what helps him must not hold him up. */
const deadlineMs = 10_000
const rememberMs = 10 * 60_000
/** A registry that gave no list is asked again sooner. */
const rememberFailureMs = 60_000
const maxRepositories = 64
const maxPages = 20
const maxTags = 20_000
const maxPageBytes = 4 * 1024 * 1024

export interface TagsRequest {
  readonly host: string
  readonly repository: string
  readonly credentials?: RegistryCredentials
}

/** The tags that registries have, as far as they tell. */
export class RegistryTags {
  readonly #known = new Map<string, { readonly until: number; readonly tags: Promise<readonly string[]> }>()

  /** Empty where the registry cannot be asked or does not tell. Never rejects. */
  list(request: TagsRequest): Promise<readonly string[]> {
    const key = `${request.host}/${request.repository}`
    const known = this.#known.get(key)
    if (known !== undefined && performance.now() < known.until) return known.tags
    if (this.#known.size >= maxRepositories) this.#known.clear()
    const entry = { until: performance.now() + rememberMs, tags: readTags(request) }
    entry.tags = entry.tags.catch(() => {
      this.#known.set(key, { until: performance.now() + rememberFailureMs, tags: entry.tags })
      return []
    })
    this.#known.set(key, entry)
    return entry.tags
  }
}

async function readTags(request: TagsRequest): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(deadlineMs)
  const base = baseOf(request.host)
  const tags: string[] = []
  let url: URL | undefined = new URL(`/v2/${request.repository}/tags/list?n=1000`, base)
  let authorization: string | undefined
  for (let pages = 0; url !== undefined && pages < maxPages && tags.length < maxTags; pages += 1) {
    let answer: Response = await ask(url, authorization, signal)
    if (answer.status === 401 && authorization === undefined) {
      authorization = await authorize(answer, request, signal)
      answer = await ask(url, authorization, signal)
    }
    if (!answer.ok) throw new Error(`the registry answered ${answer.status}`)
    const page = (await readJson(answer)) as { readonly tags?: readonly unknown[] | null }
    tags.push(...(page.tags ?? []).filter(tag => typeof tag === 'string').slice(0, maxTags))
    url = nextPage(answer, url)
  }
  return tags
}

/** As the engine: without TLS on this machine alone. */
function baseOf(host: string): URL {
  if (host === 'docker.io') return new URL('https://registry-1.docker.io')
  const isLoopback = /^(localhost|127(\.\d{1,3}){3})(:\d+)?$/.test(host)
  return new URL(`${isLoopback ? 'http' : 'https'}://${host}`)
}

async function ask(url: URL, authorization: string | undefined, signal: AbortSignal): Promise<Response> {
  return await fetch(url, {
    headers: { accept: 'application/json', ...(authorization !== undefined && { authorization }) },
    redirect: 'error',
    signal,
  })
}

/** What a registry that says "not without" wants: our name and password, or a token that somebody gives for them. */
async function authorize(refusal: Response, { credentials, host }: TagsRequest, signal: AbortSignal): Promise<string> {
  await refusal.body?.cancel()
  const basic = credentials && `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`
  const challenge = refusal.headers.get('www-authenticate') ?? ''
  if (/^basic\b/i.test(challenge) && basic !== undefined) return basic
  const parameters = Object.fromEntries(
    [...challenge.matchAll(/(realm|service|scope)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  )
  if (!/^bearer\b/i.test(challenge) || parameters.realm === undefined) throw new Error('the registry wants credentials')
  const url = new URL(parameters.realm)
  // A password goes nowhere in the clear but on this machine.
  const base = baseOf(host)
  const isHere = base.protocol === 'http:' && url.hostname === base.hostname
  if (url.protocol !== 'https:' && !isHere) throw new Error('the realm is not safe')
  for (const name of ['service', 'scope']) if (parameters[name]) url.searchParams.set(name, parameters[name])
  const answer = await ask(url, basic, signal)
  if (!answer.ok) throw new Error(`the registry gave no token: ${answer.status}`)
  const { token, access_token: accessToken } = (await readJson(answer)) as Readonly<Record<string, unknown>>
  const given = token ?? accessToken
  if (typeof given !== 'string') throw new Error('the registry gave no token')
  return `Bearer ${given}`
}

async function readJson(answer: Response): Promise<unknown> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of answer.body ?? []) {
    bytes += piece.length
    if (bytes > maxPageBytes) throw new Error('the registry tells too much')
    pieces.push(piece)
  }
  return JSON.parse(Buffer.concat(pieces).toString('utf8'))
}

/** `Link: </v2/…>; rel="next"`. Of the same registry. */
function nextPage(answer: Response, url: URL): URL | undefined {
  const link = /<([^>]+)>;\s*rel="?next"?/.exec(answer.headers.get('link') ?? '')?.[1]
  const next = link === undefined ? undefined : new URL(link, url)
  return next?.origin === url.origin ? next : undefined
}
