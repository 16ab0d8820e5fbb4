import Docker from 'dockerode'
import { labels } from '../../src/platform/docker/sandbox-config.ts'
import { parseTakenName } from '../../src/platform/docker/sandbox-name.ts'

/** The containers of these runs that the engine knows, running or not. */
export async function sandboxesOf(runIds: Iterable<string>): Promise<readonly Docker.ContainerInfo[]> {
  const wanted = new Set(runIds)
  const containers = await new Docker().listContainers({ all: true, filters: { label: [labels.installation] } })
  return containers.filter(container => {
    const taken = parseTakenName(container.Names[0]?.slice(1) ?? '')
    return wanted.has(taken?.runId ?? container.Labels[labels.run] ?? '')
  })
}

/** The containers that wait for a run, running or not, of the process with this id. */
export async function warmSandboxesOf(processId: number): Promise<readonly Docker.ContainerInfo[]> {
  return (await sandboxesOfProcess(processId)).filter(container => labels.warm in container.Labels)
}

/** All containers, running or not, of the process with this id. */
export async function sandboxesOfProcess(processId: number): Promise<readonly Docker.ContainerInfo[]> {
  const containers = await new Docker().listContainers({ all: true, filters: { label: [labels.worker] } })
  return containers.filter(container => container.Labels[labels.worker]?.includes(`-${processId}-`))
}
