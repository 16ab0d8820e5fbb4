import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import Docker from 'dockerode'
import { Catalogue } from '../../src/environment/catalogue.ts'
import { DockerPlatform } from '../../src/platform/docker/docker-platform.ts'
import { labels } from '../../src/platform/docker/sandbox-config.ts'
import { platformContract } from '../contract/platform.ts'
import { pythonPrograms } from '../contract/platform-python.ts'

const installationId = randomUUID()

function dockerPlatform(): DockerPlatform {
  const initPath = fileURLToPath(new URL('../../init/build/run-it-init', import.meta.url))
  return new DockerPlatform({ installationId, initPath, cpus: 1, pull: true, build: true })
}

platformContract('docker', async () => {
  const platform = dockerPlatform()
  const catalogue = await Catalogue.load([fileURLToPath(new URL('../../environments', import.meta.url))])
  const candidates = catalogue.resolve('python')
  const [first] = candidates
  if (first === undefined) throw new Error('python has no candidates')
  return {
    platform,
    programs: pythonPrograms(candidates),
    // Nothing listens there.
    unobtainable: [{ ...first, source: { kind: 'registry', reference: 'localhost:1/none:1' } }],
    promptMs: 1_500,
    another: async () => dockerPlatform(),
    sandboxCount: async () => {
      const label = [`${labels.installation}=${installationId}`]
      return (await new Docker().listContainers({ all: true, filters: { label } })).length
    },
    dispose: () => platform.close(),
  }
})
