import type { RunId } from '../../run/id.ts'
import type { DockerEngine } from './engine.ts'
import { labels } from './sandbox-config.ts'
import { parseTakenName } from './sandbox-name.ts'

const removalsAtOnce = 4

/**
 * Removes sandboxes that belong to nobody: our installation's whose run is not kept and whose worker is none that lives, and anybody's
 * past their deadline.
 */
export async function sweepSandboxes(
  engine: DockerEngine,
  owner: {
    readonly installationId: string
    readonly keepRuns: ReadonlySet<RunId>
    readonly keepWorkers: ReadonlySet<string>
    readonly keepNames: ReadonlySet<string>
  },
  signal: AbortSignal,
): Promise<{ readonly removed: number }> {
  const containers = await engine.call('list sandboxes', signal, client =>
    client.listContainers({ all: true, filters: { label: [labels.installation] } }),
  )
  const now = Date.now()
  const orphans = containers.filter(container => {
    const name = container.Names[0]?.replace(/^\//, '') ?? ''
    return !owner.keepNames.has(name) && isOrphan(container.Labels, owner, now, name)
  })
  let removed = 0
  // A few at once: one that does not die, for which the engine waits, must not keep the others.
  const queue = orphans.values()
  const removeNext = async () => {
    for (const container of queue) if (await remove(engine, container.Id, signal)) removed += 1
  }
  await Promise.all(Array.from({ length: removalsAtOnce }, removeNext))
  return { removed }
}

/** False where somebody else removes it at this moment, or it does not die: the next sweep looks again. */
async function remove(engine: DockerEngine, id: string, signal: AbortSignal): Promise<boolean> {
  try {
    await engine.call('remove a sandbox', signal, (client, abortSignal) =>
      client.getContainer(id).remove({ _query: { force: true, v: true }, abortSignal } as object),
    )
    return true
  } catch {
    return false
  }
}

export function isOrphan(
  containerLabels: Readonly<Record<string, string>>,
  owner: {
    readonly installationId: string
    readonly keepRuns: ReadonlySet<RunId>
    readonly keepWorkers?: ReadonlySet<string>
  },
  nowMs: number,
  name = '',
): boolean {
  const deadlineMs = Date.parse(containerLabels[labels.deadline] ?? '')
  // One that was made ahead belongs to the run in its name, if to any.
  const taken = containerLabels[labels.warm] === undefined ? undefined : parseTakenName(name)
  // A deadline that cannot be read is one that is over.
  if (!(deadlineMs > nowMs) || (taken !== undefined && !(taken.deadline.getTime() > nowMs))) return true
  const isOurs = containerLabels[labels.installation] === owner.installationId
  if (owner.keepWorkers?.has(containerLabels[labels.worker] ?? '')) return false
  return isOurs && !owner.keepRuns.has((taken?.runId ?? containerLabels[labels.run]) as RunId)
}
