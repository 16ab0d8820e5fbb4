import { splitReference } from './image-reference.ts'

/** Where images are pulled from, and how. */
export interface RegistrySettings {
  /** Prefix of references, a mirror: `mirror.example:5000/`. Empty: none. */
  readonly prefix: string
  /** For the registry of the prefix, or the engine's default one without a prefix; for no other. */
  readonly credentials?: RegistryCredentials
  /** `linux/arm64`. Absent: the engine's own. */
  readonly imagePlatform?: string
  /** A pull of which nothing is heard for so long is given up. */
  readonly stallMs: number
  /** So is one that takes longer. */
  readonly deadlineMs: number
}

export interface RegistryCredentials {
  readonly user: string
  readonly password: string
}

export const plainRegistry: RegistrySettings = { prefix: '', stallMs: 90_000, deadlineMs: 60 * 60_000 }

/** Where the engine goes for a name without a host. */
const defaultHost = 'docker.io'

/** The registry and the repository in it that the engine reads out of a reference. */
export function locate(reference: string): { readonly host: string; readonly repository: string } {
  const { repository } = splitReference(reference)
  const [first = '', ...rest] = repository.split('/')
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  if (isHost && first !== defaultHost) return { host: first, repository: rest.join('/') }
  const path = isHost ? rest : [first, ...rest]
  return { host: defaultHost, repository: path.length === 1 ? `library/${path[0]}` : path.join('/') }
}

/** No registry gets to see what is meant for another one. */
export function credentialsFor(reference: string, settings: RegistrySettings): RegistryCredentials | undefined {
  const own = settings.prefix === '' ? defaultHost : locate(`${settings.prefix}x`).host
  return locate(reference).host === own ? settings.credentials : undefined
}

/** What a build is told, for the image that its Dockerfile begins with. */
export function registryConfig({ prefix, credentials }: RegistrySettings): object | undefined {
  if (credentials === undefined) return undefined
  const host = prefix === '' ? 'https://index.docker.io/v1/' : locate(`${prefix}x`).host
  return { [host]: { username: credentials.user, password: credentials.password } }
}
