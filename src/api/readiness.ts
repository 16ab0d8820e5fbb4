import { aliveWorkers, type WorkerRow } from '../store/worker-store.ts'
import type { ApiParts } from './api-parts.ts'
import type { CheckJson, ReadinessJson } from './schema/health.ts'

/** Somebody who asks whether we are ready will not wait long for a database that hangs. */
const databaseTimeoutMs = 3000

/** Whether a run that is posted now would be taken and run. Looks each time; nothing is remembered. */
export async function readiness(
  parts: Pick<ApiParts, 'workers' | 'queueDepth' | 'settings' | 'observer'>,
): Promise<ReadinessJson> {
  let workers: readonly WorkerRow[]
  let queuedRuns: number
  try {
    ;[workers, queuedRuns] = await within(
      databaseTimeoutMs,
      Promise.all([aliveWorkers(parts.workers), parts.queueDepth()]),
    )
  } catch (error) {
    parts.observer.log.warn({ err: error }, 'the database does not answer')
    return { ready: false, checks: [{ name: 'database', ok: false, detail: 'The database does not answer.' }] }
  }
  const checks: CheckJson[] = [{ name: 'database', ok: true }]
  if (parts.settings.role === 'all') {
    checks.push(workerCheck(workers), platformCheck(workers))
  }
  return { ready: checks.every(check => check.ok), checks, queuedRuns }
}

function workerCheck(workers: readonly WorkerRow[]): CheckJson {
  if (workers.length === 0) {
    return { name: 'worker', ok: false, detail: 'No worker is alive.' }
  }
  const ok = workers.some(worker => worker.state === 'ready' || worker.state === 'platform-unavailable')
  return ok ? { name: 'worker', ok } : { name: 'worker', ok, detail: 'Every worker is starting or draining.' }
}

function platformCheck(workers: readonly WorkerRow[]): CheckJson {
  const ok = workers.some(worker => worker.platform !== undefined && worker.state !== 'platform-unavailable')
  if (ok) {
    return { name: 'platform', ok }
  }
  const why = workers.find(worker => worker.platformError !== undefined)?.platformError
  return { name: 'platform', ok, detail: why ?? 'No worker has reached its platform yet.' }
}

async function within<Result>(timeoutMs: number, work: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
