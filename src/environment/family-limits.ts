import { defaultCompileLimits, defaultLimits, type LimitName, type Limits, limitNames } from '../run/limits.ts'
import type { Family } from './environment.ts'

/** What a run of the family gets when its request asks for nothing. */
export function familyLimits(
  family: Family,
  ceilings: Limits,
  /** A run can bring a compile stage of its own, or do without. */
  compiles = family.recipe.compile !== undefined,
): { readonly limits: Limits; readonly compileLimits: Limits } {
  const limits = { ...defaultLimits, ...family.limits }
  const compileLimits = { ...defaultCompileLimits, ...family.compileLimits }
  // The sandbox has one disk for both stages, so it has to do for the hungrier one.
  const diskBytes = compiles ? Math.max(limits.diskBytes, compileLimits.diskBytes) : limits.diskBytes
  return {
    limits: capped({ ...limits, diskBytes }, ceilings),
    compileLimits: capped({ ...compileLimits, diskBytes }, ceilings),
  }
}

function capped(limits: Limits, ceilings: Limits): Limits {
  const entries = limitNames.map(name => [name, Math.min(limits[name], ceilings[name])] as const)
  return Object.fromEntries(entries) as Record<LimitName, number>
}
