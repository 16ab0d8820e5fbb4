import { Problem } from '../run/problem.ts'
import type { Environment, EnvironmentSource, Family } from './environment.ts'
import { nearestVersions } from './nearest-versions.ts'
import { descending, isExactVersion, isInRange, versionRange } from './version.ts'

/**
 * A family's candidates for what a client asked for, the most wanted first. What Debian's packages give stands last: it is what
 * a machine without a registry can have.
 *
 * - nothing: the default version
 * - `latest`: the highest advertised version
 * - a version with three numbers, or one that is advertised as it is written: that one. It need not be advertised if the
 *   family's `allow` says so
 * - everything else, `3.11` too, is a range: the advertised versions in it, the highest first
 */
export function resolveVersion(family: Family, requested: string | undefined): readonly Environment[] {
  if (requested === undefined) return candidates(family, family.versions.slice(0, 1), true)
  if (requested === 'latest') return candidates(family, family.versions.toSorted(descending).slice(0, 1), true)
  const exact = requested.replace(/^[=v](?=\d)/, '')
  const found = isKnown(family, exact) || isExactVersion(exact) ? exactly(family, exact) : within(family, requested)
  if (found.length > 0) return found
  throw unknownVersion(family, requested)
}

/**
 * The ways to the one image of a digest that ran as this version before. The version need not be offered any more: what ran once
 * may run again.
 */
export function pinnedEnvironments(family: Family, version: string, digest: string): readonly Environment[] {
  const published = candidates(family, [version], false)
  const built = candidates(family, [], true).map(environment => ({ ...environment, version }))
  return [...published, ...built].map(environment => ({ ...environment, digest }))
}

/** Every version that the family advertises, and the one that is built. */
export function advertisedEnvironments(family: Family): readonly Environment[] {
  return candidates(family, family.versions, true)
}

function isKnown(family: Family, version: string): boolean {
  return family.versions.includes(version) || family.debian?.version === version
}

function exactly(family: Family, version: string): readonly Environment[] {
  const published = family.versions.includes(version) || isAllowedVersion(family, version)
  return candidates(family, published ? [version] : [], family.debian?.version === version)
}

/** Whether the version may be asked for although it is not advertised. */
export function isAllowedVersion(family: Family, version: string): boolean {
  const range = family.allow === undefined ? undefined : versionRange(family.allow)
  // Only three plain numbers: the client's text becomes part of an image reference.
  if (family.image === undefined) return false
  return range !== undefined && isExactVersion(version) && isInRange(version, range)
}

function within(family: Family, requested: string): readonly Environment[] {
  const range = versionRange(requested)
  if (range === undefined) return []
  const versions = family.versions.filter(version => isInRange(version, range)).toSorted(descending)
  return candidates(family, versions, family.debian !== undefined && isInRange(family.debian.version, range))
}

function candidates(family: Family, versions: readonly string[], debianToo: boolean): readonly Environment[] {
  const { image } = family
  const published = versions.flatMap(version =>
    image === undefined
      ? []
      : [environmentOf(family, version, { kind: 'registry', reference: image.replace('{version}', () => version) })],
  )
  if (!debianToo || !family.debian) return published
  const { version, versionCommand } = family.debian
  return [...published, environmentOf(family, version, { kind: 'debian', folder: family.folder, versionCommand })]
}

function environmentOf(family: Family, version: string, source: EnvironmentSource): Environment {
  return { name: family.name, version, source, recipe: family.recipe, extensions: family.extensions }
}

function unknownVersion(family: Family, requested: string): Problem {
  const known = [...new Set([...family.versions, ...(family.debian ? [family.debian.version] : [])])].toSorted(
    descending,
  )
  const nearest = nearestVersions(requested, known)
  const detail =
    `There is no ${family.name}@${requested}. Nearest: ${nearest.join(', ')}. All: ${known.join(', ')}` +
    `${family.allow === undefined ? '' : `; any other exact version in ${family.allow} may be asked for as well`}.`
  return new Problem('unknown-version', detail, { errors: [{ pointer: '/environment', detail }] })
}
