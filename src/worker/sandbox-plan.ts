import type { Recipe } from '../environment/environment.ts'
import type { Limits } from '../run/limits.ts'
import type { RunCommands } from '../run/run.ts'
import type { TestPlan } from '../run/test-plan.ts'
import { compileCommand } from './run-recipe.ts'

/** Getting from an open sandbox to its first stage, and from its last to its end, takes less than this. */
const sandboxSlackMs = 60_000
/** Making a sandbox clean for a test, and telling of its end. Most tests need some ms of it. */
const testSlackMs = 5_000

export interface BothLimits {
  readonly limits: Limits
  readonly compileLimits: Limits
  readonly commands?: RunCommands
  /** Then it is these that run, instead of one program with `limits`. */
  readonly tests?: TestPlan
}

/** A sandbox has one size of disk, and it is the run's. */
export function compileLimits(request: BothLimits): Limits {
  return { ...request.compileLimits, diskBytes: request.limits.diskBytes }
}

/** Those of the first stage to begin with, and room for the open files of all. */
export function sandboxLimits(recipe: Recipe, request: BothLimits): Limits {
  const programs = request.tests?.tests.map(test => test.limits) ?? [request.limits]
  const all = compileCommand(recipe, request) === undefined ? programs : [compileLimits(request), ...programs]
  const openFiles = Math.max(...all.map(limits => limits.openFiles))
  return { ...(all[0] ?? request.limits), openFiles }
}

/** When all of its stages have surely ended, however long each takes. */
export function sandboxDeadline(request: BothLimits): Date {
  const programsMs = request.tests === undefined ? request.limits.wallTimeMs : testsMs(request.tests)
  return new Date(Date.now() + programsMs + request.compileLimits.wallTimeMs + sandboxSlackMs)
}

function testsMs({ tests, checkers }: TestPlan): number {
  const compilingMs = checkers.reduce((sum, checker) => sum + checker.compileLimits.wallTimeMs + sandboxSlackMs, 0)
  return tests.reduce((sum, { checker, limits }) => {
    const checkingMs = checker.kind === 'program' ? (checkers[checker.program]?.limits.wallTimeMs ?? 0) : 0
    return sum + limits.wallTimeMs + checkingMs + testSlackMs
  }, compilingMs)
}
