import type { MetricSources } from '../metric-sources.ts'
import type { Observation, RunFinished } from '../observation.ts'
import type { Instruments } from './instruments.ts'
import { environmentLabel } from './run-labels.ts'

/** For requests to addresses where nothing is. */
const noRoute = 'none'
const phases = [
  ['queued', 'queuedMs'],
  ['prepare', 'prepareMs'],
  ['open', 'openMs'],
  ['stages', 'stagesMs'],
  ['finish', 'finishMs'],
] as const

/** What an observation means for the metrics. */
export function countObservation(
  observation: Observation,
  instruments: Instruments,
  environmentName: MetricSources['environmentName'],
): void {
  switch (observation.type) {
    case 'run-finished':
      countRun(observation, instruments, environmentLabel(observation.run, environmentName))
      break
    case 'attempt-lost':
      instruments.count(observation.why === 'lease-lost' ? 'leasesLost' : 'attemptsHandedBack')
      break
    case 'sandboxes-removed': {
      const environment = environmentLabel(observation.run, environmentName)
      instruments.measure('phaseSeconds', observation.durationMs, { environment, phase: 'dispose' })
      break
    }
    case 'sandboxes-swept':
      instruments.count('sandboxesSwept', {}, observation.count)
      break
    case 'platform-failed':
      instruments.count('engineErrors', { code: observation.code })
      break
    case 'request-answered': {
      const { method, route = noRoute, status = 'aborted' } = observation
      instruments.count('httpRequests', { method, route, status: String(status) })
      instruments.measure('httpSeconds', observation.durationMs, { method, route })
      break
    }
    case 'webhook-attempted':
      instruments.count('webhookAttempts', { result: observation.result })
      break
  }
}

function countRun({ run, timings }: RunFinished, instruments: Instruments, environment: string): void {
  instruments.count('runsFinished', { environment, outcome: run.outcome?.kind ?? 'failed' })
  const { createdAt, finishedAt = createdAt } = run
  instruments.measure('runSeconds', Math.max(0, finishedAt.getTime() - createdAt.getTime()), { environment })
  for (const [phase, name] of phases) {
    const ms = timings[name]
    if (ms !== undefined) instruments.measure('phaseSeconds', Math.max(0, ms), { environment, phase })
  }
  if (timings.warm === undefined) return
  const start = timings.prebooted ? 'preboot' : timings.warm ? 'warm' : 'cold'
  instruments.count('sandboxesOpened', { environment, start })
}
