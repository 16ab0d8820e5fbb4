import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../run/problem.ts'
import type { Environment, Family } from './environment.ts'
import { parseEnvironmentReference } from './environment-reference.ts'
import { InvalidFamily } from './invalid-family.ts'
import { nearestWords } from './nearest.ts'
import { readFamily } from './read-family.ts'
import { pinnedEnvironments, resolveVersion } from './resolve-version.ts'

/** The environments of this installation. Immutable: a folder that changes is seen after a restart. */
export class Catalogue {
  readonly #families: readonly Family[]
  /** Names and aliases, in lower case. */
  readonly #byName = new Map<string, Family>()
  readonly #byExtension = new Map<string, Family>()

  constructor(families: readonly Family[]) {
    this.#families = families.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    for (const family of this.#families) claim(this.#byName, family.name, family)
    for (const family of this.#families) {
      for (const alias of family.aliases) claim(this.#byName, alias, family)
      for (const extension of family.extensions) claim(this.#byExtension, extension.toLowerCase(), family)
    }
  }

  /**
   * Reads every environment in these folders; each has one folder per environment. An environment in a later folder replaces
   * the one of the same name in an earlier folder, so that an operator can change one of ours. Rejects with `InvalidFamily`.
   */
  static async load(folders: readonly string[]): Promise<Catalogue> {
    const families = new Map<string, Family>()
    for (const folder of folders) {
      for (const family of await readFamilies(folder)) families.set(family.name, family)
    }
    return new Catalogue([...families.values()])
  }

  families(): readonly Family[] {
    return this.#families
  }

  find(nameOrAlias: string): Family | undefined {
    return this.#byName.get(nameOrAlias.toLowerCase())
  }

  /** `extension` with the dot: `.py`. */
  byExtension(extension: string): Family | undefined {
    return this.#byExtension.get(extension.toLowerCase())
  }

  /** What a client asked for (`go`, `go@1.16.3`, `go@^1.16`) as candidates, the most wanted first. Throws nothing but a `Problem`. */
  resolve(request: string): readonly Environment[] {
    return resolveVersion(this.familyOf(request), parseEnvironmentReference(request).version)
  }

  /** The family of what a client asked for. Throws nothing but a `Problem`. */
  familyOf(request: string): Family {
    const { name } = parseEnvironmentReference(request)
    const family = this.find(name)
    if (!family) throw this.#unknownEnvironment(name)
    return family
  }

  /** Candidates for exactly the image that ran as this environment. Throws nothing but a `Problem`. */
  pinned(environment: {
    readonly name: string
    readonly version: string
    readonly digest: string
  }): readonly Environment[] {
    const family = this.find(environment.name)
    if (!family) throw this.#unknownEnvironment(environment.name)
    return pinnedEnvironments(family, environment.version, environment.digest)
  }

  #unknownEnvironment(name: string): Problem {
    const nearest = [...new Set(nearestWords(name, this.#byName.keys(), 6).map(word => this.find(word)?.name ?? word))]
    const hint = nearest.length > 0 ? ` Did you mean ${nearest.slice(0, 3).join(' or ')}?` : ''
    const all = this.#families.map(family => family.name).join(', ')
    const detail = `There is no environment "${name}".${hint} All: ${all}.`
    return new Problem('unknown-environment', detail, { errors: [{ pointer: '/environment', detail }] })
  }
}

async function readFamilies(folder: string): Promise<readonly Family[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(cause => {
    throw new InvalidFamily(folder, 'the folder of environments cannot be read', { cause })
  })
  // Links too: an operator may keep an environment elsewhere.
  const folders = entries.filter(
    entry => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'),
  )
  return Promise.all(folders.map(entry => readFamily(join(folder, entry.name))))
}

function claim(claims: Map<string, Family>, word: string, family: Family): void {
  const other = claims.get(word)
  if (other) throw new InvalidFamily(family.folder, `"${word}" belongs to the environment ${other.name} already`)
  claims.set(word, family)
}
