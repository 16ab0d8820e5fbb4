import type { Scenario } from './scenario.ts'
import { burst } from './scenarios/burst.ts'
import { deepQueue } from './scenarios/deep-queue.ts'
import { grownTable } from './scenarios/grown-table.ts'
import { latency } from './scenarios/latency.ts'
import { memory } from './scenarios/memory.ts'
import { postUnderLoad } from './scenarios/post-under-load.ts'
import { severalWorkers } from './scenarios/several-workers.ts'
import { startUp } from './scenarios/start-up.ts'
import { throughput } from './scenarios/throughput.ts'

/** All scenarios, in the order in which they are measured and told. `environments`: those that this installation has. */
export function scenarios(environments: readonly string[]): readonly Scenario[] {
  return [...environments.map(latency), throughput, postUnderLoad, burst, deepQueue, memory, startUp]
}

/** What `--scale` measures instead: an installation of several processes, on a PostgreSQL of its own. */
export const scaleScenarios: readonly Scenario[] = [severalWorkers, grownTable]

/** Those that were named, in full or by how they begin; all when none was. Throws when a name is nobody's. */
export function chooseScenarios(all: readonly Scenario[], names: readonly string[]): readonly Scenario[] {
  if (names.length === 0) return all
  for (const name of names) {
    if (!all.some(scenario => isCalled(scenario, name))) {
      throw new RangeError(`there is no scenario ${name}; there are ${all.map(scenario => scenario.name).join(', ')}`)
    }
  }
  return all.filter(scenario => names.some(name => isCalled(scenario, name)))
}

function isCalled(scenario: Scenario, name: string): boolean {
  return scenario.name === name || scenario.name.startsWith(`${name}-`)
}
