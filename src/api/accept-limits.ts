import type { Family } from '../environment/environment.ts'
import {
  defaultCompileLimits,
  defaultLimits,
  type LimitName,
  type Limits,
  limitNames,
  minimumLimits,
} from '../run/limits.ts'
import type { ProblemError } from '../run/problem.ts'
import { refuseIfAny } from './refuse.ts'
import type { Submission } from './schema/submission.ts'

/** The limits of both stages: what was asked for, else the environment's, else ours; never more than the operator's ceilings. */
export function acceptLimits(
  submission: Pick<Submission, 'limits' | 'compile'>,
  family: Family,
  ceilings: Limits,
): { readonly limits: Limits; readonly compileLimits: Limits } {
  const errors = [
    ...rangeFaults('/limits', submission.limits ?? {}, ceilings),
    ...rangeFaults('/compile/limits', submission.compile?.limits ?? {}, ceilings),
  ]
  refuseIfAny('limit-out-of-range', errors)
  const defaults = familyLimits(family, ceilings)
  const limits = { ...defaults.limits, ...submission.limits }
  return {
    limits,
    compileLimits: { ...defaults.compileLimits, ...submission.compile?.limits, diskBytes: limits.diskBytes },
  }
}

/** Limits that were accepted once, under ceilings that may have come down since. */
export function refuseLimitsAbove(
  given: { readonly limits: Limits; readonly compileLimits: Limits },
  ceilings: Limits,
): void {
  refuseIfAny('limit-out-of-range', [
    ...rangeFaults('/limits', given.limits, ceilings),
    ...rangeFaults('/compileLimits', given.compileLimits, ceilings),
  ])
}

/** What a run of the family gets when its request asks for nothing. */
export function familyLimits(
  family: Family,
  ceilings: Limits,
): { readonly limits: Limits; readonly compileLimits: Limits } {
  const limits = { ...defaultLimits, ...family.limits }
  const compileLimits = { ...defaultCompileLimits, ...family.compileLimits }
  // The sandbox has one disk for both stages, so it has to do for the hungrier one.
  const diskBytes =
    family.recipe.compile === undefined ? limits.diskBytes : Math.max(limits.diskBytes, compileLimits.diskBytes)
  return {
    limits: capped({ ...limits, diskBytes }, ceilings),
    compileLimits: capped({ ...compileLimits, diskBytes }, ceilings),
  }
}

function capped(limits: Limits, ceilings: Limits): Limits {
  const entries = limitNames.map(name => [name, Math.min(limits[name], ceilings[name])] as const)
  return Object.fromEntries(entries) as Record<LimitName, number>
}

function rangeFaults(pointer: string, asked: Partial<Limits>, ceilings: Limits): readonly ProblemError[] {
  return limitNames.flatMap(name => {
    const value = asked[name]
    const [least, most] = [minimumLimits[name], ceilings[name]]
    return value === undefined || (value >= least && value <= most)
      ? []
      : [{ pointer: `${pointer}/${name}`, detail: `is ${value}; it must be from ${least} to ${most}` }]
  })
}
