import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Static } from 'typebox'
import type { Readiness } from '../../sdk/src/installation.ts'
import type * as keys from '../../sdk/src/key-shapes.ts'
import type * as operations from '../../sdk/src/operation-shapes.ts'
import type { OutputOptions, RunFilter } from '../../sdk/src/runs.ts'
import type * as terminal from '../../sdk/src/terminal-messages.ts'
import type * as tests from '../../sdk/src/test-shapes.ts'
import type * as sdk from '../../sdk/src/types.ts'
import type { WebhookLog } from '../../sdk/src/webhook.ts'
import type * as workers from '../../sdk/src/worker-shapes.ts'
import type { RunListQuerySchema } from './routes/list-runs.ts'
import type { OutputQuerySchema } from './routes/run-output.ts'
import { type BatchEventSchema, type BatchSchema, BatchSubmissionSchema } from './schema/batch.ts'
import type { EnvironmentInfoSchema, EnvironmentListSchema } from './schema/environment.ts'
import type { RunEventSchema } from './schema/event.ts'
import type { LivenessSchema, ReadinessSchema } from './schema/health.ts'
import { type KeyListSchema, type KeySchema, KeySubmissionSchema, type NewKeySchema } from './schema/key.ts'
import type { LimitsSchema } from './schema/limits.ts'
import type { OperationEventSchema, OperationSchema } from './schema/operation.ts'
import type { ProblemSchema } from './schema/problem.ts'
import { schemaName } from './schema/reference.ts'
import type {
  ArtifactOmissionSchema,
  ArtifactSchema,
  RunListSchema,
  RunOutcomeSchema,
  RunSchema,
  StageOutcomeSchema,
  StageOutputSchema,
  StageSchema,
  WaitingSchema,
} from './schema/run.ts'
import { RerunSchema, SubmissionSchema } from './schema/submission.ts'
import type { TerminalMessageSchema, TerminalNoticeSchema } from './schema/terminal.ts'
import type { CheckerSchema, TestResultSchema, TestSummarySchema } from './schema/test.ts'
import type { WebhookLogSchema } from './schema/webhook.ts'
import type { PlatformInfoSchema, WorkerInfoSchema, WorkerListSchema } from './schema/worker.ts'
import { answerSchemas } from './schemas.ts'

/** The same shape with its intersections merged and `readonly` gone, so that two ways to write it compare as equal. */
type Plain<T> = T extends object ? { -readonly [Key in keyof T]: Plain<T[Key]> } : T
type Probe<A> = <T>() => T extends Plain<A> ? 1 : 2
type Equal<A, B> = Probe<A> extends Probe<B> ? true : false

/** Does not compile where a schema and the type that the client has for it differ. By the schema's name. */
type Same = {
  Artifact: Equal<Static<typeof ArtifactSchema>, sdk.Artifact>
  ArtifactOmission: Equal<Static<typeof ArtifactOmissionSchema>, sdk.ArtifactOmission>
  Batch: Equal<Static<typeof BatchSchema>, sdk.Batch>
  BatchEvent: Equal<Static<typeof BatchEventSchema>, sdk.BatchEvent>
  BatchSubmission: Equal<Static<typeof BatchSubmissionSchema>, sdk.BatchSubmission>
  EnvironmentInfo: Equal<Static<typeof EnvironmentInfoSchema>, sdk.EnvironmentInfo>
  EnvironmentList: Equal<Static<typeof EnvironmentListSchema>, { environments: sdk.EnvironmentInfo[] }>
  Key: Equal<Static<typeof KeySchema>, keys.Key>
  KeyList: Equal<Static<typeof KeyListSchema>, keys.KeyList>
  KeySubmission: Equal<Static<typeof KeySubmissionSchema>, keys.KeySubmission>
  Limits: Equal<Static<typeof LimitsSchema>, sdk.Limits>
  Liveness: Equal<Static<typeof LivenessSchema>, { alive: boolean }>
  NewKey: Equal<Static<typeof NewKeySchema>, keys.NewKey>
  Operation: Equal<Static<typeof OperationSchema>, operations.Operation>
  OperationEvent: Equal<Static<typeof OperationEventSchema>, operations.OperationEvent>
  PlatformInfo: Equal<Static<typeof PlatformInfoSchema>, workers.PlatformInfo>
  Problem: Equal<Static<typeof ProblemSchema>, sdk.ProblemBody>
  Readiness: Equal<Static<typeof ReadinessSchema>, Readiness>
  RerunChanges: Equal<Static<typeof RerunSchema>, sdk.RerunChanges>
  Run: Equal<Static<typeof RunSchema>, sdk.Run>
  RunEvent: Equal<Static<typeof RunEventSchema>, sdk.RunEvent>
  RunList: Equal<Static<typeof RunListSchema>, sdk.RunList>
  RunOutcome: Equal<Static<typeof RunOutcomeSchema>, sdk.RunOutcome>
  RunSubmission: Equal<Static<typeof SubmissionSchema>, sdk.RunSubmission>
  Stage: Equal<Static<typeof StageSchema>, sdk.Stage>
  StageOutcome: Equal<Static<typeof StageOutcomeSchema>, sdk.StageOutcome>
  StageOutput: Equal<Static<typeof StageOutputSchema>, sdk.StageOutput>
  TerminalMessage: Equal<Static<typeof TerminalMessageSchema>, terminal.TerminalMessage>
  TerminalNotice: Equal<Static<typeof TerminalNoticeSchema>, terminal.TerminalNotice>
  TestResult: Equal<Static<typeof TestResultSchema>, tests.TestResult>
  TestSummary: Equal<Static<typeof TestSummarySchema>, tests.TestSummary>
  WebhookLog: Equal<Static<typeof WebhookLogSchema>, WebhookLog>
  Waiting: Equal<Static<typeof WaitingSchema>, sdk.Waiting>
  WorkerInfo: Equal<Static<typeof WorkerInfoSchema>, workers.WorkerInfo>
  WorkerList: Equal<Static<typeof WorkerListSchema>, { workers: workers.WorkerInfo[] }>
}
const same: Same = {
  Artifact: true,
  ArtifactOmission: true,
  Batch: true,
  BatchEvent: true,
  BatchSubmission: true,
  EnvironmentInfo: true,
  EnvironmentList: true,
  Key: true,
  KeyList: true,
  KeySubmission: true,
  Limits: true,
  Liveness: true,
  NewKey: true,
  Operation: true,
  OperationEvent: true,
  PlatformInfo: true,
  Problem: true,
  Readiness: true,
  RerunChanges: true,
  Run: true,
  RunEvent: true,
  RunList: true,
  RunOutcome: true,
  RunSubmission: true,
  Stage: true,
  StageOutcome: true,
  StageOutput: true,
  TerminalMessage: true,
  TerminalNotice: true,
  TestResult: true,
  TestSummary: true,
  Waiting: true,
  WebhookLog: true,
  WorkerInfo: true,
  WorkerList: true,
}

/** The same for what a client may ask for in an address, and for what stands inside of others. */
type SameQuery = {
  runs: Equal<Static<typeof RunListQuerySchema>, Omit<RunFilter, 'signal'>>
  checker: Equal<Static<typeof CheckerSchema>, tests.Checker>
  output: Equal<Static<typeof OutputQuerySchema>, Omit<OutputOptions, 'signal'>>
}
const sameQuery: SameQuery = { runs: true, checker: true, output: true }

test('every shape of an answer has a name of its own', () => {
  const names = answerSchemas.map(schemaName)
  assert.equal(new Set(names).size, names.length)
})

test('the client has a type for every shape of an answer and of a body, and it is the same', () => {
  const shapes = [...answerSchemas, SubmissionSchema, RerunSchema, BatchSubmissionSchema, KeySubmissionSchema]
  assert.deepEqual(Object.keys(same).toSorted(), shapes.map(schemaName).toSorted())
  assert.ok([...Object.values(same), ...Object.values(sameQuery)].every(Boolean))
})
