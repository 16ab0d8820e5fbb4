import { encodeBytes } from '../run/file.ts'
import type { OutputStream, Run, StageResult } from '../run/run.ts'
import type { EventStore } from '../store/event-store.ts'
import type { RunJson, StageJson } from './schema/run.ts'

/** A run as it stands in JSON, without its stages' output. */
export function runJson(run: Run): RunJson {
  const { request } = run
  return {
    id: run.id,
    state: run.state,
    environment: { requested: request.environment, ...run.environment },
    outcome: run.outcome,
    stages: run.stages.map(stageJson),
    summary: run.summary && { ...run.summary, verdicts: { ...run.summary.verdicts } },
    artifacts: run.artifacts?.map(artifact => ({ ...artifact })),
    artifactsOmitted: run.artifactsOmitted?.map(({ paths, ...omission }) => ({ ...omission, paths: [...paths] })),
    labels: { ...run.labels },
    priority: run.priority,
    pool: run.pool,
    architecture: run.architecture,
    limits: request.limits,
    compileLimits: request.compileLimits,
    network: request.network,
    interactive: request.interaction !== undefined,
    tty: request.interaction?.terminal !== undefined,
    attempt: run.attempt,
    maxAttempts: run.maxAttempts,
    cancelRequested: run.cancelRequested,
    rerunOf: request.rerun?.of,
    batchId: run.batchId,
    keyId: run.keyId,
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString(),
    finishedAt: run.finishedAt?.toISOString(),
  }
}

export function stageJson(stage: StageResult): StageJson {
  return {
    name: stage.name,
    outcome: stage.outcome,
    usage: stage.usage,
    limitsHit: [...stage.limitsHit],
    stdout: { ...stage.stdout },
    stderr: { ...stage.stderr },
    ...(stage.test && { test: { ...stage.test } }),
  }
}

/** Of all tests together: beyond it their outputs are left out of the answer, and asked for one by one. */
const maxTestOutputBytes = 8 * 1024 * 1024

/** A run with what its stages wrote. */
export async function runJsonWithOutput(run: Run, events: Pick<EventStore, 'output'>): Promise<RunJson> {
  const json = runJson(run)
  let roomBytes = maxTestOutputBytes
  for (const stage of json.stages) {
    const test = stage.test?.index
    for (const stream of streams) {
      const output = stage[stream]
      if (test !== undefined) {
        if (output.bytes > roomBytes) continue
        roomBytes -= output.bytes
      }
      const select = { stream, stage: stage.name, ...(test !== undefined && { test }) }
      Object.assign(output, encodeBytes(output.bytes > 0 ? await events.output(run.id, select) : noBytes))
    }
  }
  return json
}

const streams = ['stdout', 'stderr'] as const satisfies readonly OutputStream[]
const noBytes = new Uint8Array()
