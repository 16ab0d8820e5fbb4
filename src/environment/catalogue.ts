import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Problem } from '../run/problem.ts'
import type { Environment, Family } from './environment.ts'
import { parseEnvironmentReference } from './environment-reference.ts'
import { InvalidFamily } from './invalid-family.ts'
import { nearestWords } from './nearest.ts'
import { readFamily } from './read-family.ts'
import { advertisedEnvironments, pinnedEnvironments, resolveVersion } from './resolve-version.ts'

/** The environments of this installation. Immutable: a folder that changes is seen after a restart. */
export class Catalogue {
  readonly #families: readonly Family[]
  /** Names and aliases, in lower case. */
  readonly #byName = new Map<string, Family>()
  readonly #byExtension = new Map<string, Family>()

  /** Of those that want the same extension the first has it, where they are of different folders. */
  constructor(families: readonly Family[]) {
    this.#families = families.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    for (const family of families) claim(this.#byName, family.name, family)
    for (const family of families) {
      for (const alias of family.aliases) claim(this.#byName, alias, family)
      for (const extension of family.extensions) this.#claimExtension(extension.toLowerCase(), family)
    }
  }

  /**
   * Reads every environment in these folders; each has one folder per environment. An environment in a later folder replaces
   * the one of the same name in an earlier folder, so that an operator can change one of ours. What is undefined is passed over. Rejects
   * with `InvalidFamily`.
   */
  static async load(given: readonly (string | undefined)[]): Promise<Catalogue> {
    const folders = given.filter(folder => folder !== undefined)
    const families = new Map<string, Family>()
    const read = (await Promise.all(folders.map(readFamilies))).flat()
    const faults = read.flatMap(result => (result instanceof InvalidFamily ? result.faults : []))
    if (faults.length > 0) throw InvalidFamily.all(faults)
    for (const family of read) if (!(family instanceof InvalidFamily)) families.set(family.name, family)
    return new Catalogue([...families.values()])
  }

  families(): readonly Family[] {
    return this.#families
  }

  /** Every version that is advertised. */
  advertised(): readonly Environment[] {
    return this.#families.flatMap(advertisedEnvironments)
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

  #claimExtension(extension: string, family: Family): void {
    const other = this.#byExtension.get(extension)
    const isElsewhere = other !== undefined && dirname(other.folder) !== dirname(family.folder)
    if (!isElsewhere) claim(this.#byExtension, extension, family)
  }

  #unknownEnvironment(name: string): Problem {
    const nearest = [...new Set(nearestWords(name, this.#byName.keys(), 6).map(word => this.find(word)?.name ?? word))]
    const hint = nearest.length > 0 ? ` Did you mean ${nearest.slice(0, 3).join(' or ')}?` : ''
    const all = this.#families.map(family => family.name).join(', ')
    const detail = `There is no environment "${name}".${hint} All: ${all}.`
    return new Problem('unknown-environment', detail, { errors: [{ pointer: '/environment', detail }] })
  }
}

/** What is wrong with one says nothing of the others. */
async function readFamilies(folder: string): Promise<readonly (Family | InvalidFamily)[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(cause => {
    throw new InvalidFamily(folder, 'the folder of environments cannot be read', { cause })
  })
  // Links too: an operator may keep an environment elsewhere.
  const folders = entries.filter(
    entry => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'),
  )
  return Promise.all(
    folders.map(entry =>
      readFamily(join(folder, entry.name)).catch((error: unknown) => {
        if (error instanceof InvalidFamily) return error
        throw error
      }),
    ),
  )
}

function claim(claims: Map<string, Family>, word: string, family: Family): void {
  const other = claims.get(word)
  if (other) throw new InvalidFamily(family.folder, `"${word}" belongs to the environment ${other.name} already`)
  claims.set(word, family)
}
