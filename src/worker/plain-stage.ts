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
  if (!wasShown(image.version, preboot.versions)) return undefined
  const { main, without } = preboot
  return {
    main,
    argv: stageArgv(recipe.run, { main, files: [main], extensions, args: [] }),
    env: { ...baseVariables, ...image.env, ...recipe.env },
    limits,
    without,
  }
}

const shown = new Map<string, boolean>()
const maxKept = 1_000

/** Of which there are few, and each run of them asks. */
function wasShown(version: string, versions: string): boolean {
  const key = `${version} ${versions}`
  const known = shown.get(key)
  if (known !== undefined) return known
  const found = isInRange(version, versions)
  if (shown.size < maxKept) shown.set(key, found)
  return found
}
