import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import Docker from 'dockerode'
import { Catalogue } from '../../src/environment/catalogue.ts'
import { DockerPlatform } from '../../src/platform/docker/docker-platform.ts'
import { labels } from '../../src/platform/docker/sandbox-config.ts'
import type { WarmOptions } from '../../src/platform/docker/warm-slots.ts'
import type { PlatformUnderTest } from '../contract/platform-fixture.ts'
import { pythonPrograms } from '../contract/platform-python.ts'
import { waitFor } from './wait-for.ts'

const initPath = fileURLToPath(new URL('../../init/build/run-it-init', import.meta.url))

/** The Docker platform as the contract wants it: an installation of its own, with warm sandboxes or without. */
export async function dockerUnderTest(warm?: WarmOptions): Promise<PlatformUnderTest & { platform: DockerPlatform }> {
  const installationId = randomUUID()
  const dockerPlatform = (options?: WarmOptions) =>
    new DockerPlatform({ installationId, initPath, cpus: 1, pull: true, build: true, warm: options })
  const platform = dockerPlatform(warm)
  const catalogue = await Catalogue.load([fileURLToPath(new URL('../../environments', import.meta.url))])
  const candidates = catalogue.resolve('python')
  const [first] = candidates
  if (first === undefined) throw new Error('python has no candidates')
  const opened = async () => {
    const label = [`${labels.installation}=${installationId}`]
    const all = await new Docker().listContainers({ all: true, filters: { label } })
    const waiting = all.filter(({ Names }) => Names[0]?.startsWith('/run-it-warm-'))
    // Until each has the name of what it is: one that was taken just now, or is just being made, has not.
    return waiting.length === platform.warmCount ? { count: all.length - waiting.length } : undefined
  }
  const settled = () => waitFor('the sandboxes to have their names', opened)
  return {
    platform,
    programs: pythonPrograms(candidates),
    // Nothing listens there.
    unobtainable: [{ ...first, source: { kind: 'registry', reference: 'localhost:1/none:1' } }],
    promptMs: 1_500,
    keepsWarm: warm !== undefined,
    another: async () => {
      await settled()
      return dockerPlatform()
    },
    sandboxCount: async () => (await settled()).count,
    dispose: () => platform.close(),
  }
}
