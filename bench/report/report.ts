import type { Machine } from '../measure/machine.ts'
import type { Findings } from '../scenario.ts'
import { isMet, type TargetName, targets } from '../targets.ts'

/** One bench run. As JSON it is what `--json` prints. */
export interface Report {
  readonly version: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly durationMs: number
  readonly isQuick: boolean
  /** Of several processes, which has scenarios, targets and a page of its own. */
  readonly isScale: boolean
  readonly machine: Machine
  readonly scenarios: readonly ScenarioReport[]
}

export interface ScenarioReport {
  readonly name: string
  readonly title: string
  readonly method: string
  /** Absent where it failed. */
  readonly findings?: Findings
  readonly failure?: string
}

export interface TargetResult {
  readonly name: TargetName
  /** Absent where it was not measured. */
  readonly value?: number
  readonly isMet?: boolean
}

/** Of several processes. */
const ofScale: ReadonlySet<TargetName> = new Set(['grown-table'])

/** Every target that such a report may have, in the order of their list. */
export function targetResults({ scenarios, isScale }: Pick<Report, 'scenarios' | 'isScale'>): readonly TargetResult[] {
  const measured = new Map(scenarios.flatMap(({ findings }) => findings?.targets ?? []).map(t => [t.name, t.value]))
  const names = (Object.keys(targets) as TargetName[]).filter(name => ofScale.has(name) === isScale)
  return names.map(name => {
    const value = measured.get(name)
    return value === undefined ? { name } : { name, value, isMet: isMet(targets[name], value) }
  })
}
