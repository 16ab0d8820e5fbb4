import { newBatchId } from '../run/batch.ts'
import { Problem, type ProblemError } from '../run/problem.ts'
import type { NewBatch } from '../store/batch-store.ts'
import type { NewRun } from '../store/run-store.ts'
import { acceptRun } from './accept-run.ts'
import type { Allowance } from './allowance.ts'
import { refusal } from './refuse.ts'
import type { BatchSubmission } from './schema/batch.ts'

/** Enough to mend a batch by. */
const maxFaultyRuns = 10

/** All runs of a body that has the right shape. Throws what is wrong with the first few, under the first one's code. */
export function acceptBatch(
  { runs: submissions }: BatchSubmission,
  allowance: Allowance,
  createdAt: Date,
): { readonly batch: NewBatch; readonly runs: readonly NewRun[] } {
  const { owner } = allowance
  const most = owner?.runsPerMinute ?? Infinity
  if (submissions.length > most) {
    throw refusal('invalid-request', [
      { pointer: '/runs', detail: `has ${submissions.length} runs; the key may submit ${most} in a minute` },
    ])
  }
  const batch = { id: newBatchId(), keyId: owner?.id, createdAt }
  const runs: NewRun[] = []
  const faults: Problem[] = []
  for (const [index, submission] of submissions.entries()) {
    try {
      runs.push({ ...acceptRun(submission, allowance, createdAt), batchId: batch.id })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      faults.push(within(`/runs/${index}`, error))
      if (faults.length >= maxFaultyRuns) break
    }
  }
  const [first] = faults
  if (first !== undefined)
    throw refusal(
      first.code,
      faults.filter(({ code }) => code === first.code).flatMap(({ errors }) => errors),
    )
  return { batch: { ...batch, runIds: runs.map(run => run.id) }, runs }
}

function within(pointer: string, problem: Problem): Problem {
  const errors: readonly ProblemError[] =
    problem.errors.length === 0
      ? [{ pointer, detail: problem.message }]
      : problem.errors.map(error => ({ pointer: pointer + error.pointer, detail: error.detail }))
  return new Problem(problem.code, problem.message, { errors })
}
