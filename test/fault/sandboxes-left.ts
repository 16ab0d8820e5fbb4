import Docker from 'dockerode'
import { labels } from '../../src/platform/docker/sandbox-config.ts'

/** The sandboxes that servers with these process ids made and that are there still, those that wait for a run included: name and state. */
export async function sandboxesLeft(processIds: readonly number[]): Promise<readonly string[]> {
  const containers = await new Docker().listContainers({ all: true, filters: { label: [labels.installation] } })
  return containers
    .filter(({ Labels }) => processIds.some(id => isOf(Labels[labels.worker] ?? '', id)))
    .map(({ Names, State }) => `${Names[0]} ${State}`)
}

/** A worker's name is that of its host and its process, and perhaps something that makes it unique. */
function isOf(worker: string, processId: number): boolean {
  return new RegExp(`-${processId}(-[0-9a-f]+)?$`).test(worker)
}
