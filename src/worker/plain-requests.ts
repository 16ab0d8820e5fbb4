import type { Catalogue } from '../environment/catalogue.ts'
import type { Environment } from '../environment/environment.ts'
import { familyLimits } from '../environment/family-limits.ts'
import type { ResolvedImage, SandboxRequest } from '../platform/platform.ts'
import type { Limits } from '../run/limits.ts'
import { plainPreboot } from './plain-stage.ts'
import { sandboxDeadline, sandboxLimits } from './sandbox-plan.ts'

export interface PlainRequests {
  readonly candidates: readonly Environment[]
  readonly count: number
  /** What a run asks for that asks for nothing. */
  readonly request: (image: ResolvedImage) => Pick<SandboxRequest, 'image' | 'limits' | 'deadline' | 'preboot'>
}

/** For a platform that makes sandboxes ahead: so many of each of these environments. Throws a `Problem` where there is no such one. */
export function plainRequests(
  pins: readonly { readonly environment: string; readonly count: number }[],
  catalogue: Catalogue,
  ceilings: Limits,
): readonly PlainRequests[] {
  return pins.map(({ environment, count }) => {
    const family = catalogue.familyOf(environment)
    const plain = familyLimits(family, ceilings)
    return {
      candidates: catalogue.resolve(environment),
      count,
      request: image => ({
        image,
        limits: sandboxLimits(family.recipe, plain),
        deadline: sandboxDeadline(plain),
        preboot: plainPreboot(image, plain.limits),
      }),
    }
  })
}
