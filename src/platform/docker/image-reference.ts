import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../environment/environment.ts'

/** The repository of the images that we build. No registry has it. */
const builtRepository = 'run-it'

/**
 * What the engine knows an environment's image by. A built one is named by its recipe's hash, so that a changed Dockerfile is
 * another image. A digest takes the place of the tag, and of the whole name where only this engine has the image.
 */
export async function imageReference(environment: Environment, registry: string): Promise<string> {
  const { source, digest } = environment
  if (source.kind === 'registry') {
    const reference = mirrored(source.reference, registry)
    return digest === undefined ? reference : `${splitReference(reference).repository}@${digest}`
  }
  if (digest !== undefined) return digest
  return `${builtRepository}/${environment.name}:recipe-${await recipeHash(source.folder)}`
}

/** Where a mirror is set, official images are in its `library` folder, as everywhere. */
export function mirrored(reference: string, registry: string): string {
  if (registry === '' || namesRegistry(reference)) return reference
  const prefix = registry.endsWith('/') ? registry : `${registry}/`
  return reference.includes('/') ? `${prefix}${reference}` : `${prefix}library/${reference}`
}

/** What stands before the first slash is a host when it looks like one: so every engine reads it. */
function namesRegistry(reference: string): boolean {
  const [first = '', ...rest] = reference.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
}

/** A built image carries its measured version as a second tag in the same repository. */
export function versionTag(reference: string, tags: readonly string[]): string | undefined {
  const { repository } = splitReference(reference)
  return tags
    .find(tag => tag.startsWith(`${repository}:`) && !tag.startsWith(`${repository}:recipe-`))
    ?.slice(repository.length + 1)
}

/** Engines differ in whether they tell the default registry. */
export function plainName(reference: string): string {
  return reference.replace(/^(docker\.io\/)(library\/)?/, '')
}

export function splitReference(reference: string): { readonly repository: string; readonly tag: string } {
  const digestAt = reference.indexOf('@')
  // The engine takes a digest in the tag's place.
  if (digestAt !== -1) return { repository: reference.slice(0, digestAt), tag: reference.slice(digestAt + 1) }
  const at = reference.lastIndexOf(':')
  // A colon before the last slash belongs to a port.
  if (at === -1 || at < reference.lastIndexOf('/')) return { repository: reference, tag: 'latest' }
  return { repository: reference.slice(0, at), tag: reference.slice(at + 1) }
}

async function recipeHash(folder: string): Promise<string> {
  const dockerfile = await readFile(join(folder, 'Dockerfile'))
  return createHash('sha256').update(dockerfile).digest('hex').slice(0, 12)
}
