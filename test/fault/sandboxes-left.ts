import Docker from 'dockerode'
import { labels } from '../../src/platform/docker/sandbox-config.ts'

/** The sandboxes that servers with these process ids made and that are there still, those that wait for a run included: name and state. */
export async function sandboxesLeft(processIds: readonly number[]): Promise<readonly string[]> {
  const containers = await new Docker().listContainers({ all: true, filters: { label: [labels.installation] } })
  return containers
    .filter(({ Labels }) => processIds.some(id => Labels[labels.worker]?.endsWith(`-${id}`)))
    .map(({ Names, State }) => `${Names[0]} ${State}`)
}
