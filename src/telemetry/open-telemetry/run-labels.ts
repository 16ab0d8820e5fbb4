import type { Run } from '../../run/run.ts'
import type { MetricSources } from '../metric-sources.ts'

/** For what has no name in the catalogue: a client may ask for anything, and each label value costs memory for good. */
export const unknownEnvironment = 'unknown'

/** The environment of a run, as the catalogue calls it. */
export function environmentLabel(run: Run, environmentName: MetricSources['environmentName']): string {
  return environmentName(run.environment?.name ?? run.request.environment) ?? unknownEnvironment
}
