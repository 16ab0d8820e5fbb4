import type { RunId } from '../../run/id.ts'
import type { DockerEngine } from './engine.ts'
import { labels } from './sandbox-config.ts'

/** Removes sandboxes that belong to nobody: our installation's whose run is not kept, and anybody's past their deadline. */
export async function sweepSandboxes(
  engine: DockerEngine,
  owner: {
    readonly installationId: string
    readonly keepRuns: ReadonlySet<RunId>
    readonly keepNames: ReadonlySet<string>
  },
  signal: AbortSignal,
): Promise<{ readonly removed: number }> {
  const containers = await engine.call('list sandboxes', signal, client =>
    client.listContainers({ all: true, filters: { label: [labels.installation] } }),
  )
  const now = Date.now()
  let removed = 0
  for (const container of containers) {
    const name = container.Names[0]?.replace(/^\//, '') ?? ''
    if (owner.keepNames.has(name) || !isOrphan(container.Labels, owner, now)) continue
    try {
      await engine.call('remove a sandbox', signal, client =>
        client.getContainer(container.Id).remove({ force: true, v: true }),
      )
      removed += 1
    } catch {
      // Somebody else may be removing it at this moment; if not, the next sweep will.
    }
  }
  return { removed }
}

export function isOrphan(
  containerLabels: Readonly<Record<string, string>>,
  owner: { readonly installationId: string; readonly keepRuns: ReadonlySet<RunId> },
  nowMs: number,
): boolean {
  const deadlineMs = Date.parse(containerLabels[labels.deadline] ?? '')
  // A deadline that cannot be read is one that is over.
  if (!(deadlineMs > nowMs)) return true
  const isOurs = containerLabels[labels.installation] === owner.installationId
  return isOurs && !owner.keepRuns.has(containerLabels[labels.run] as RunId)
}
