import type { Family } from '../environment/environment.ts'
import { familyLimits } from '../environment/family-limits.ts'
import type { Limits } from '../run/limits.ts'
import type { UsedImage } from '../store/image-store.ts'
import type { WorkerRow } from '../store/worker-store.ts'
import type { EnvironmentCatalogue } from './api-parts.ts'
import type { EnvironmentJson } from './schema/environment.ts'

/** A family as it stands in JSON: what may be asked for, and what the workers have at hand. */
export function environmentJson(
  family: Family,
  {
    catalogue,
    workers,
    images,
    ceilings,
  }: {
    readonly catalogue: Pick<EnvironmentCatalogue, 'byExtension'>
    readonly workers: readonly WorkerRow[]
    readonly images: readonly UsedImage[]
    readonly ceilings: Limits
  },
): EnvironmentJson {
  const { limits, compileLimits } = familyLimits(family, ceilings)
  return {
    name: family.name,
    title: family.title,
    aliases: [...family.aliases],
    extensions: family.extensions.filter(extension => catalogue.byExtension(extension)?.name === family.name),
    main: family.main,
    versions: [...new Set([...family.versions, ...(family.debian === undefined ? [] : [family.debian.version])])],
    allow: family.allow,
    ready: readyImages(family.name, workers, images),
    commands: family.commands,
    limits,
    compileLimits: family.recipe.compile === undefined ? undefined : compileLimits,
  }
}

/** Several workers can have the same image; it was used last when one of them used it last. */
function readyImages(
  name: string,
  workers: readonly WorkerRow[],
  used: readonly UsedImage[],
): EnvironmentJson['ready'] {
  const images = workers.flatMap(worker => worker.images).filter(image => image.name === name)
  const unique = new Map(images.map(image => [`${image.version} ${image.digest}`, image]))
  return [...unique.values()].map(({ version, digest, sizeBytes }) => {
    // They come in the order of their last uses.
    const lastUsedAt = used.findLast(image => image.digest === digest)?.lastUsedAt.toISOString()
    return { version, digest, ...(sizeBytes !== undefined && { sizeBytes }), ...(lastUsedAt && { lastUsedAt }) }
  })
}
