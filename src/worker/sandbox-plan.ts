import type { Recipe } from '../environment/environment.ts'
import type { Limits } from '../run/limits.ts'

/** Getting from an open sandbox to its first stage, and from its last to its end, takes less than this. */
const sandboxSlackMs = 60_000

export interface BothLimits {
  readonly limits: Limits
  readonly compileLimits: Limits
}

/** A sandbox has one size of disk, and it is the run's. */
export function compileLimits(request: BothLimits): Limits {
  return { ...request.compileLimits, diskBytes: request.limits.diskBytes }
}

/** Those of the first stage to begin with, and room for the open files of all. */
export function sandboxLimits(recipe: Recipe, request: BothLimits): Limits {
  if (recipe.compile === undefined) return request.limits
  const openFiles = Math.max(request.limits.openFiles, request.compileLimits.openFiles)
  return { ...compileLimits(request), openFiles }
}

export function sandboxDeadline(request: BothLimits): Date {
  return new Date(Date.now() + request.limits.wallTimeMs + request.compileLimits.wallTimeMs + sandboxSlackMs)
}
