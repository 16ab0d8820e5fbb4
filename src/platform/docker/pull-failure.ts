import type { Environment } from '../../environment/environment.ts'
import { nearestVersions } from '../../environment/nearest-versions.ts'
import { coerceVersion, descending } from '../../environment/version.ts'
import { splitReference } from './image-reference.ts'
import type { PullResult } from './pull-image.ts'
import { credentialsFor, locate, type RegistrySettings } from './registry.ts'
import type { RegistryTags } from './registry-tags.ts'

/** Why an image could not be pulled, in a sentence for whoever asked for it. */
export async function pullFailure(
  failure: Exclude<PullResult, { kind: 'pulled' }>,
  asked: { readonly environment: Environment; readonly reference: string },
  { registry, tags }: { readonly registry: RegistrySettings; readonly tags: RegistryTags },
): Promise<string> {
  const { reference } = asked
  switch (failure.kind) {
    case 'not-found':
      return `the registry has no ${reference}${await nearestTags(asked, registry, tags)}`
    case 'denied': {
      const has = credentialsFor(reference, registry) !== undefined
      const hint = has
        ? 'the name or the password that is set is not right'
        : 'it may want registryUser and registryPassword'
      return `${reference}: the registry refuses, ${hint} (${failure.why})`
    }
    case 'disk-full':
      return `${reference}: there is no room for it on the engine's disk; remove images that nobody uses (${failure.why})`
    case 'registry-away':
      return `${reference}: ${failure.why}`
  }
}

/** What the registry has instead: tags that differ in the version alone. */
async function nearestTags(
  { environment, reference }: { readonly environment: Environment; readonly reference: string },
  registry: RegistrySettings,
  tags: RegistryTags,
): Promise<string> {
  const { tag } = splitReference(reference)
  const at = tag.indexOf(environment.version)
  if (environment.digest !== undefined || at < 0) return ''
  const [before, after] = [tag.slice(0, at), tag.slice(at + environment.version.length)]
  const all = await tags.list({ ...locate(reference), credentials: credentialsFor(reference, registry) })
  const versions = all
    .filter(other => other.startsWith(before) && other.endsWith(after))
    .map(other => other.slice(before.length, other.length - after.length))
    .filter(version => /^\d/.test(version) && coerceVersion(version) !== undefined)
    .toSorted(descending)
  const nearest = nearestVersions(environment.version, versions).map(version => `${environment.name}@${version}`)
  return nearest.length === 0 ? '' : `; nearest: ${nearest.join(', ')}`
}
