import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import packageJson from '../package.json' with { type: 'json' }
import { describeMachine } from './measure/machine.ts'
import type { Progress } from './progress.ts'
import type { Report, ScenarioReport } from './report/report.ts'
import type { Scenario, ScenarioContext } from './scenario.ts'

/**
 * Measures the scenarios one after the other. One that fails is told as failed and does not keep the others from being measured. Whichever
 * way it ends, nothing is left: no process, no container, no file. Rejects with the signal's reason when aborted.
 */
export async function bench(
  scenarios: readonly Scenario[],
  options: {
    readonly isQuick: boolean
    readonly isScale: boolean
    readonly progress: Progress
    readonly signal: AbortSignal
  },
): Promise<Report> {
  const { isQuick, isScale, progress, signal } = options
  const startedAt = new Date()
  const engine = new Docker()
  const containerLabel = `run-it-bench.${process.pid}`
  const temporaryFolder = await mkdtemp(join(tmpdir(), 'run-it-bench-'))
  try {
    const machine = await describeMachine(engine, temporaryFolder)
    const reports: ScenarioReport[] = []
    for (const scenario of scenarios) {
      progress.begin(scenario.name)
      const say = (text: string) => progress.say(scenario.name, text)
      reports.push(await measure(scenario, { isQuick, engine, temporaryFolder, containerLabel, signal, say }))
      // Also after a scenario that failed: what it left would disturb the next one.
      await removeContainers(engine, containerLabel)
      signal.throwIfAborted()
    }
    const durationMs = Date.now() - startedAt.getTime()
    return {
      version: packageJson.version,
      startedAt: startedAt.toISOString(),
      durationMs,
      isQuick,
      isScale,
      machine,
      scenarios: reports,
    }
  } finally {
    progress.end()
    await removeContainers(engine, containerLabel)
    await rm(temporaryFolder, { recursive: true, force: true })
  }
}

async function measure(scenario: Scenario, context: ScenarioContext): Promise<ScenarioReport> {
  const { name, title, method, deadlineMs } = scenario
  const deadline = new AbortController()
  const late = () => deadline.abort(new Error(`it took longer than ${deadlineMs / 1000} seconds`))
  const timer = setTimeout(late, deadlineMs)
  const signal = AbortSignal.any([context.signal, deadline.signal])
  try {
    return { name, title, method, findings: await scenario.run({ ...context, signal }) }
  } catch (error) {
    const cause = signal.aborted ? signal.reason : error
    return { name, title, method, failure: cause instanceof Error ? cause.message : String(cause) }
  } finally {
    clearTimeout(timer)
  }
}

/** Those of this process that are not run-it's own. */
async function removeContainers(engine: Docker, label: string): Promise<void> {
  const left = await engine.listContainers({ all: true, filters: { label: [label] } })
  for (const { Id } of left) {
    // Somebody may be removing it already.
    await engine
      .getContainer(Id)
      .remove({ force: true, v: true })
      .catch(() => {})
  }
}
