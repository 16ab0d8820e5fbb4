import type Docker from 'dockerode'
import { PlatformError } from '../platform-error.ts'
import type { DockerEngine } from './engine.ts'
import { engineStatus } from './engine-error.ts'
import { splitReference } from './image-reference.ts'

/**
 * Removes an image with all its names. The engine removes one that has several names by name only, and the last of them takes the
 * image along, unless a container uses it: then it has its names again.
 */
export async function removeImage(
  engine: DockerEngine,
  id: string,
  signal: AbortSignal,
): Promise<'removed' | 'in-use' | 'gone'> {
  const info = await orMissing(engine.call('inspect an image', signal, client => client.getImage(id).inspect()))
  if (info === undefined) return 'gone'
  if (await isUsed(engine, id, signal)) return 'in-use'
  const names = info.RepoTags ?? []
  const removed: string[] = []
  try {
    for (const name of names.length > 0 ? names : [id]) {
      await orMissing(engine.call('remove an image', signal, client => remove(client, name)))
      removed.push(name)
    }
    // An image without tags can have names by digest left.
    await orMissing(engine.call('remove an image', signal, client => remove(client, id)))
    return 'removed'
  } catch (error) {
    if (!(error instanceof PlatformError && engineStatus(error.cause) === 409)) throw error
    for (const name of removed.filter(known => known !== id)) await tagAgain(engine, { id, name }, signal)
    return 'in-use'
  }
}

/** Without force: what a container uses stays. */
async function remove(client: Docker, name: string): Promise<void> {
  await client.getImage(name).remove()
}

/** Of stopped ones as well. */
async function isUsed(engine: DockerEngine, id: string, signal: AbortSignal): Promise<boolean> {
  const options = { all: true, limit: 1, filters: { ancestor: [id] } }
  const found = await engine.call('list containers', signal, client => client.listContainers(options))
  return found.length > 0
}

async function tagAgain(
  engine: DockerEngine,
  { id, name }: { readonly id: string; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  const { repository: repo, tag } = splitReference(name)
  await orMissing(engine.call('tag an image', signal, client => client.getImage(id).tag({ repo, tag })))
}

async function orMissing<Result>(call: Promise<Result>): Promise<Result | undefined> {
  try {
    return await call
  } catch (error) {
    if (error instanceof PlatformError && engineStatus(error.cause) === 404) return undefined
    throw error
  }
}
