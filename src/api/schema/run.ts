import { type Static, Type } from 'typebox'
import { omissionReasons } from '../../run/artifact.ts'
import { failureCodes } from '../../run/outcome.ts'
import { waitingReasons } from '../../run/pool.ts'
import { runStates, stageNames } from '../../run/run.ts'
import { LimitsSchema } from './limits.ts'
import { reference } from './reference.ts'
import { TestResultSchema, TestSummarySchema, VerdictSchema } from './test.ts'

const stageOutcomes = [
  Type.Object({ kind: Type.Literal('exited'), code: Type.Integer() }),
  Type.Object({ kind: Type.Literal('signaled'), signal: Type.String({ description: 'Such as SIGSEGV.' }) }),
  Type.Object({ kind: Type.Literal('timed-out'), clock: Type.Enum(['wall', 'cpu']), limitMs: Type.Integer() }),
  Type.Object({ kind: Type.Literal('out-of-memory'), limitBytes: Type.Integer() }),
  Type.Object({ kind: Type.Literal('canceled') }),
] as const

export const StageOutcomeSchema = Type.Union([...stageOutcomes], {
  $id: 'StageOutcome',
  description: 'How a stage ended.',
})

export const RunOutcomeSchema = Type.Union(
  [
    ...stageOutcomes,
    Type.Object({ kind: Type.Literal('tested'), verdict: VerdictSchema }),
    Type.Object({ kind: Type.Literal('compile-failed') }),
    Type.Object({ kind: Type.Literal('failed'), code: Type.Enum([...failureCodes]), detail: Type.String() }),
  ],
  { $id: 'RunOutcome', description: 'How a finished run ended. Data: a program that fails is no failure of ours.' },
)

export const StageNameSchema = Type.Enum([...stageNames])
export const OutputStreamSchema = Type.Enum(['stdout', 'stderr'])

export const StageOutputSchema = Type.Object(
  {
    content: Type.Optional(Type.String({ description: 'Absent in lists and in event streams.' })),
    encoding: Type.Optional(Type.Enum(['utf8', 'base64'])),
    bytes: Type.Integer({ description: 'Bytes kept.' }),
    truncated: Type.Boolean({ description: 'The program wrote more than was kept.' }),
  },
  { $id: 'StageOutput' },
)

export const StageSchema = Type.Object(
  {
    name: StageNameSchema,
    outcome: reference(StageOutcomeSchema),
    usage: Type.Object(
      {
        wallTimeMs: Type.Number(),
        cpuTimeMs: Type.Optional(Type.Number()),
        memoryPeakBytes: Type.Optional(Type.Number()),
      },
      { description: 'Only what was measured.' },
    ),
    limitsHit: Type.Array(Type.Enum(['memory', 'processes', 'disk', 'openFiles', 'fileSize']), {
      description: 'Limits that bit without ending the program.',
    }),
    stdout: reference(StageOutputSchema),
    stderr: reference(StageOutputSchema),
    test: Type.Optional(reference(TestResultSchema)),
  },
  { $id: 'Stage', description: 'One process inside a run.' },
)

export const ArtifactSchema = Type.Object(
  {
    path: Type.String({ description: 'Relative to the working folder.' }),
    bytes: Type.Integer(),
    mediaType: Type.String({ description: 'By the name; `application/octet-stream` where that says nothing.' }),
  },
  { $id: 'Artifact', description: 'A file that the program made or changed.' },
)

export const ArtifactOmissionSchema = Type.Object(
  {
    reason: Type.Enum([...omissionReasons]),
    files: Type.Optional(Type.Integer({ description: 'How many; absent where that is not known.' })),
    paths: Type.Array(Type.String(), { description: 'At most ten of them.' }),
  },
  { $id: 'ArtifactOmission', description: 'Files that were asked for and are missing, for one reason.' },
)

export const WaitingSchema = Type.Object(
  {
    reason: Type.Enum([...waitingReasons]),
    detail: Type.String({ description: 'For people.' }),
  },
  {
    $id: 'Waiting',
    description: 'Why a queued run is not going to be taken as things are; it is as soon as such a worker comes.',
  },
)

export const RunSchema = Type.Object(
  {
    id: Type.String(),
    state: Type.Enum([...runStates]),
    environment: Type.Object({
      requested: Type.String({ description: 'As it was asked for.' }),
      name: Type.Optional(Type.String()),
      version: Type.Optional(Type.String()),
      digest: Type.Optional(Type.String()),
      architecture: Type.Optional(Type.String({ description: 'Of the worker that ran it, such as amd64.' })),
    }),
    outcome: Type.Optional(reference(RunOutcomeSchema)),
    stages: Type.Array(reference(StageSchema), { description: 'In lists without those of tests.' }),
    summary: Type.Optional(reference(TestSummarySchema)),
    artifacts: Type.Optional(
      Type.Array(reference(ArtifactSchema), { description: 'Absent in lists; empty before the end.' }),
    ),
    artifactsOmitted: Type.Optional(
      Type.Array(reference(ArtifactOmissionSchema), { description: 'Absent where nothing is missing, and in lists.' }),
    ),
    labels: Type.Record(Type.String(), Type.String()),
    priority: Type.Integer(),
    pool: Type.String({ description: 'Whose workers take it.' }),
    architecture: Type.Optional(Type.String({ description: 'The only one whose workers take it. Absent: any.' })),
    waiting: Type.Optional(reference(WaitingSchema)),
    limits: reference(LimitsSchema),
    compileLimits: reference(LimitsSchema),
    network: Type.Boolean(),
    interactive: Type.Boolean({ description: 'It can be talked to while it runs.' }),
    tty: Type.Boolean({ description: 'Its program has a terminal, and all that it writes is stdout.' }),
    attempt: Type.Integer(),
    maxAttempts: Type.Integer(),
    cancelRequested: Type.Boolean(),
    rerunOf: Type.Optional(Type.String({ description: 'The run that this one repeats. It may be deleted already.' })),
    batchId: Type.Optional(Type.String({ description: 'The batch that it was submitted in.' })),
    keyId: Type.Optional(Type.String({ description: 'The key that owns it. Absent if there were no keys.' })),
    createdAt: Type.String({ format: 'date-time' }),
    startedAt: Type.Optional(Type.String({ format: 'date-time' })),
    finishedAt: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { $id: 'Run', description: '`outcome` is there when, and only when, the run is finished.' },
)

export const RunListSchema = Type.Object(
  {
    runs: Type.Array(reference(RunSchema)),
    next: Type.Optional(Type.String({ description: 'Pass as `cursor` for the next page.' })),
  },
  { $id: 'RunList' },
)

export type RunJson = Static<typeof RunSchema>
export type StageJson = Static<typeof StageSchema>
export type RunListJson = Static<typeof RunListSchema>
