import Docker from 'dockerode'
import { labels } from '../../src/platform/docker/sandbox-config.ts'

/** The containers of these runs that the engine knows, running or not. */
export async function sandboxesOf(runIds: Iterable<string>): Promise<readonly Docker.ContainerInfo[]> {
  const wanted = new Set(runIds)
  const containers = await new Docker().listContainers({ all: true, filters: { label: [labels.run] } })
  return containers.filter(container => wanted.has(container.Labels[labels.run] ?? ''))
}
