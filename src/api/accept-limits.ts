import type { Family } from '../environment/environment.ts'
import { familyLimits } from '../environment/family-limits.ts'
import { type Limits, limitNames, minimumLimits } from '../run/limits.ts'
import type { ProblemError } from '../run/problem.ts'
import { acceptInteraction } from './accept-interaction.ts'
import { refuseIfAny } from './refuse.ts'
import type { Submission } from './schema/submission.ts'

/** Of a run that somebody talks to, where nothing else was asked for. */
const interactiveWallTimeMs = 60 * 60_000

/** The limits of both stages: what was asked for, else the environment's, else ours; never more than the operator's ceilings. */
export function acceptLimits(
  submission: Pick<Submission, 'limits' | 'compile' | 'interactive' | 'tty'>,
  family: Family,
  ceilings: Limits,
): { readonly limits: Limits; readonly compileLimits: Limits } {
  const errors = [
    ...rangeFaults('/limits', submission.limits ?? {}, ceilings),
    ...rangeFaults('/compile/limits', submission.compile?.limits ?? {}, ceilings),
  ]
  refuseIfAny('limit-out-of-range', errors)
  const command = submission.compile?.command
  const compiles = command === undefined ? family.recipe.compile !== undefined : command.length > 0
  const defaults = familyLimits(family, ceilings, compiles)
  const limits = { ...defaults.limits, ...interactiveLimits(submission, ceilings), ...submission.limits }
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

/** People take longer than programs. */
function interactiveLimits(submission: Pick<Submission, 'interactive' | 'tty'>, ceilings: Limits): Partial<Limits> {
  const wallTimeMs = Math.min(interactiveWallTimeMs, ceilings.wallTimeMs)
  return acceptInteraction(submission) === undefined ? {} : { wallTimeMs }
}

export function rangeFaults(pointer: string, asked: Partial<Limits>, ceilings: Limits): readonly ProblemError[] {
  return limitNames.flatMap(name => {
    const value = asked[name]
    const [least, most] = [minimumLimits[name], ceilings[name]]
    return value === undefined || (value >= least && value <= most)
      ? []
      : [{ pointer: `${pointer}/${name}`, detail: `is ${value}; it must be from ${least} to ${most}` }]
  })
}
