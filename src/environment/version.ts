import { intersects, parse, SemVer, satisfies, validRange } from 'semver'

/** Versions as projects publish them, which need not be strict semver: `5.3`, `1.25`, `12`, `1.21rc2`. */
const publishedPattern = /^(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:\.\d{1,9})*(?:[-_]?([A-Za-z][0-9A-Za-z.-]*))?$/

/** A published version as semver, for comparing: parts that are missing count as 0, those after the third not at all, and `1.07` as 1.7. */
export function coerceVersion(version: string): SemVer | undefined {
  const match = publishedPattern.exec(version)
  if (!match) return undefined
  const [, major, minor = '0', patch = '0', prerelease] = match
  return (
    parse(`${Number(major)}.${Number(minor)}.${Number(patch)}${prerelease === undefined ? '' : `-${prerelease}`}`) ??
    undefined
  )
}

/** Three numbers: it means one version, and no range. */
export function isExactVersion(version: string): boolean {
  return /^\d{1,9}\.\d{1,9}\.\d{1,9}$/.test(version) && parse(version) !== null
}

/**
 * What a client wrote after the `@`, as a semver range: `3.11` and `^3.11` are ranges, and so is `>=3.10,<3.13`, where a comma
 * stands for the space that a reference cannot have.
 */
export function versionRange(text: string): string | undefined {
  const spaced = text.replaceAll(',', ' ').trim()
  return spaced === '' ? undefined : (validRange(spaced) ?? undefined)
}

/** A version that semver cannot read is in no range. */
export function isInRange(version: string, range: string): boolean {
  const coerced = coerceVersion(version)
  return coerced !== undefined && satisfies(coerced, range)
}

/** Whether a version can be in both ranges. */
export function haveCommonVersions(a: string, b: string): boolean {
  const [first, second] = [versionRange(a), versionRange(b)]
  return first !== undefined && second !== undefined && intersects(first, second)
}

/** Orders the highest first; versions that semver cannot read come last. */
export function descending(a: string, b: string): number {
  return -(coerceVersion(a) ?? lowest).compare(coerceVersion(b) ?? lowest)
}

const lowest = new SemVer('0.0.0-0')
