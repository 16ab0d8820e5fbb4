import type { Environment, Family } from '../environment/environment.ts'
import { isAllowedVersion } from '../environment/resolve-version.ts'
import { haveCommonVersions } from '../environment/version.ts'
import type { ApiKey, RunOwner } from '../run/key.ts'
import { type LimitName, type Limits, limitNames } from '../run/limits.ts'
import { Problem } from '../run/problem.ts'
import type { ApiParts, EnvironmentCatalogue } from './api-parts.ts'
import type { Caller } from './caller.ts'

/** What the installation offers to one caller, and whose his runs will be. */
export interface Allowance extends Pick<ApiParts, 'catalogue' | 'settings'> {
  readonly owner: RunOwner | undefined
  /** Absent: all. */
  readonly pools?: readonly string[]
}

/** Everything, for whoever has no key; else what the key allows of it. */
export function allowanceOf(caller: Caller, parts: Pick<ApiParts, 'catalogue' | 'settings'>): Allowance {
  const { catalogue, settings } = parts
  if (caller.kind !== 'key') return { catalogue, settings, owner: undefined }
  const { key } = caller
  return {
    catalogue: key.environments === undefined ? catalogue : narrowed(catalogue, key.environments),
    settings: {
      ...settings,
      ceilings: lower(settings.ceilings, key.limits),
      allowNetwork: settings.allowNetwork && key.network,
    },
    owner: ownerOf(key),
    ...(key.pools && { pools: key.pools }),
  }
}

function ownerOf({ id, maxConcurrentRuns, runsPerMinute }: ApiKey): RunOwner {
  return { id, maxConcurrentRuns, runsPerMinute }
}

function lower(ceilings: Limits, ofKey: Partial<Limits>): Limits {
  const entries = limitNames.map(name => [name, Math.min(ceilings[name], ofKey[name] ?? Infinity)] as const)
  return Object.fromEntries(entries) as Record<LimitName, number>
}

function narrowed(catalogue: EnvironmentCatalogue, patterns: readonly string[]): EnvironmentCatalogue {
  const allows = (name: string, version: string) => patterns.some(pattern => matches(pattern, name, version))
  const isVisible = (family: Family) =>
    [...family.versions, ...(family.debian ? [family.debian.version] : [])].some(version =>
      allows(family.name, version),
    ) || patterns.some(pattern => mayAllowUnadvertised(pattern, family))
  const checked = (candidates: readonly Environment[]) => {
    // Any of them may be the one that runs.
    const refused = candidates.find(({ name, version }) => !allows(name, version))
    if (refused !== undefined) throw notAllowed(refused, patterns)
    return candidates
  }
  return {
    families: () => catalogue.families().filter(isVisible),
    find(nameOrAlias) {
      const family = catalogue.find(nameOrAlias)
      return family !== undefined && isVisible(family) ? family : undefined
    },
    byExtension: extension => catalogue.byExtension(extension),
    resolve: request => checked(catalogue.resolve(request)),
    pinned: environment => checked(catalogue.pinned(environment)),
  }
}

function notAllowed({ name, version }: Environment, patterns: readonly string[]): Problem {
  const detail = `could be ${name}@${version}; the key allows ${patterns.join(', ') || 'none'}`
  return new Problem('environment-not-allowed', `The environment ${detail}.`, {
    errors: [{ pointer: '/environment', detail }],
  })
}

/** Of the family's versions that it does not advertise, and yet gives: one may be the only one that a key is for. */
function mayAllowUnadvertised(pattern: string, family: Family): boolean {
  const [ofName = '', ofVersion = '*'] = pattern.toLowerCase().split('@')
  if (family.allow === undefined || !wildcard(ofName, family.name.toLowerCase())) return false
  if (!ofVersion.includes('*')) return isAllowedVersion(family, ofVersion)
  // `1.1*` can be 1.13: only whole numbers say something.
  const range = /^(\d+\.)*/.exec(ofVersion)?.[0].replace(/\.$/, '') || '*'
  return haveCommonVersions(range, family.allow)
}

/** A pattern without a version is for all of them; `*` stands for any characters. */
function matches(pattern: string, name: string, version: string): boolean {
  const [ofName = '', ofVersion = '*'] = pattern.toLowerCase().split('@')
  return wildcard(ofName, name.toLowerCase()) && wildcard(ofVersion, version.toLowerCase())
}

/** Part by part from the left: no pattern of anybody's becomes a regular expression. */
function wildcard(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const [first = '', last = ''] = [parts[0], parts.at(-1)]
  if (parts.length === 1) return pattern === text
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  let rest = text.slice(first.length, text.length - last.length)
  for (const part of parts.slice(1, -1)) {
    const at = rest.indexOf(part)
    if (at < 0) return false
    rest = rest.slice(at + part.length)
  }
  return true
}
