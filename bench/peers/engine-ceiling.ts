import type Docker from 'dockerode'
import { initFolder, sandboxConfig } from '../../src/platform/docker/sandbox-config.ts'
import { defaultLimits } from '../../src/run/limits.ts'
import type { ScenarioContext } from '../scenario.ts'

const lifetimeSeconds = 300

/**
 * How many containers a second the engine makes, starts and removes at most, with so many calls at once: no program, no output, nobody who
 * waits. They have the profile of a sandbox, as a container with less around it is quicker to make.
 */
export async function measureEngineCeiling(
  options: { readonly image: string; readonly concurrency: number; readonly durationMs: number },
  context: ScenarioContext,
): Promise<number> {
  const initVolume = await initVolumeName(context.engine)
  const startedAt = performance.now()
  const endsAt = startedAt + options.durationMs
  let count = 0
  let number = 0
  const oneAfterTheOther = async () => {
    while (performance.now() < endsAt) {
      context.signal.throwIfAborted()
      number += 1
      await once(`run-it-bench-${process.pid}-${Math.round(startedAt)}-${number}`, options.image, initVolume, context)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, oneAfterTheOther))
  return count / ((performance.now() - startedAt) / 1000)
}

async function once(name: string, image: string, initVolume: string, context: ScenarioContext): Promise<void> {
  const config = sandboxConfig({
    name,
    image,
    imageVolumes: [],
    initVolume,
    user: 10001,
    limits: defaultLimits,
    cpus: 1,
    installationId: 'bench',
    workerId: 'bench',
    run: { id: 'bench', attempt: 1 },
    deadline: new Date(Date.now() + lifetimeSeconds * 1000),
    lifetimeSeconds,
  })
  const labelled = { ...config, Labels: { ...config.Labels, [context.containerLabel]: 'ceiling' } }
  const container = await context.engine.createContainer(labelled)
  try {
    await container.start()
  } finally {
    await container.remove({ force: true, v: true })
  }
}

/** A server that has run a program has made it. */
async function initVolumeName(engine: Docker): Promise<string> {
  const { Volumes = [] } = await engine.listVolumes({ filters: { label: ['run-it.init=filled'] } })
  const name = Volumes.find(volume => volume.Name.startsWith('run-it-init-'))?.Name
  if (name === undefined) throw new Error(`there is no volume with ${initFolder}/init yet`)
  return name
}
