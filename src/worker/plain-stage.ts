import { stageArgv } from '../environment/recipe.ts'
import { isInRange } from '../environment/version.ts'
import type { Preboot, ResolvedImage } from '../platform/platform.ts'
import type { Limits } from '../run/limits.ts'

/** What every program finds in its environment, unless its image or its recipe says otherwise. */
export const baseVariables = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/tmp',
  LANG: 'C.UTF-8',
} as const

/** The run's stage as it is when a client brings nothing but files, where its process may be started before they are there. */
export function plainPreboot(image: ResolvedImage, limits: Limits): Preboot | undefined {
  const { recipe, extensions } = image.environment
  const { preboot } = recipe
  if (preboot === undefined || recipe.compile !== undefined) return undefined
  if (!isInRange(image.version, preboot.versions)) return undefined
  const { main, without } = preboot
  return {
    main,
    argv: stageArgv(recipe.run, { main, files: [main], extensions, args: [] }),
    env: { ...baseVariables, ...image.env, ...recipe.env },
    limits,
    without,
  }
}
