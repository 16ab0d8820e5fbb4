import { type Static, Type } from 'typebox'
import { maxBatchRuns } from '../../run/batch.ts'
import { reference } from './reference.ts'
import { RunOutcomeSchema, RunSchema } from './run.ts'
import { SubmissionSchema } from './submission.ts'

/** The body of `POST /v1/batches`. */
export const BatchSubmissionSchema = Type.Object(
  {
    // Inlined, so that the validator needs to resolve no reference.
    runs: Type.Array(Type.Object(SubmissionSchema.properties, { additionalProperties: false }), {
      minItems: 1,
      maxItems: maxBatchRuns,
      description: 'Each as the body of `POST /v1/runs`.',
    }),
  },
  { $id: 'BatchSubmission', additionalProperties: false },
)

export const BatchSchema = Type.Object(
  {
    id: Type.String(),
    state: Type.Enum(['queued', 'running', 'finished'], { description: 'Finished when all its runs are.' }),
    runIds: Type.Array(Type.String(), { description: 'In the order of the request, deleted ones included.' }),
    counts: Type.Object(
      { queued: Type.Integer(), preparing: Type.Integer(), running: Type.Integer(), finished: Type.Integer() },
      { description: 'Runs in each state; deleted ones are finished.' },
    ),
    outcomes: Type.Record(Type.String(), Type.Integer(), {
      description: 'How many of the finished runs ended in each way, by `outcome.kind`.',
    }),
    keyId: RunSchema.properties.keyId,
    createdAt: Type.String({ format: 'date-time' }),
    finishedAt: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { $id: 'Batch', description: 'Runs that were submitted together.' },
)

const common = { sequence: Type.Integer(), at: Type.String({ format: 'date-time' }) }

export const BatchEventSchema = Type.Union(
  [
    Type.Object({
      ...common,
      type: Type.Literal('run'),
      runId: Type.String(),
      outcome: reference(RunOutcomeSchema),
    }),
    Type.Object({ ...common, type: Type.Literal('finished'), batch: reference(BatchSchema) }),
  ],
  { $id: 'BatchEvent', description: 'The end of one run of a batch, or of the batch.' },
)

export type BatchSubmission = Static<typeof BatchSubmissionSchema>
export type BatchJson = Static<typeof BatchSchema>
export type BatchEventJson = Static<typeof BatchEventSchema>
