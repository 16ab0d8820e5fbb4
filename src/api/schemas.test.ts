import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Static } from 'typebox'
import type * as terminal from '../../sdk/src/terminal-messages.ts'
import type * as sdk from '../../sdk/src/types.ts'
import type { WebhookLog } from '../../sdk/src/webhook.ts'
import type { BatchEventSchema, BatchSchema, BatchSubmissionSchema } from './schema/batch.ts'
import type { EnvironmentInfoSchema } from './schema/environment.ts'
import type { RunEventSchema } from './schema/event.ts'
import type { KeyListSchema, KeySchema, KeySubmissionSchema, NewKeySchema } from './schema/key.ts'
import type { LimitsSchema } from './schema/limits.ts'
import type { ProblemSchema } from './schema/problem.ts'
import { schemaName } from './schema/reference.ts'
import type {
  ArtifactOmissionSchema,
  ArtifactSchema,
  RunListSchema,
  RunOutcomeSchema,
  RunSchema,
  StageOutcomeSchema,
  StageSchema,
} from './schema/run.ts'
import type { RerunSchema, SubmissionSchema } from './schema/submission.ts'
import type { TerminalMessageSchema, TerminalNoticeSchema } from './schema/terminal.ts'
import type { WebhookLogSchema } from './schema/webhook.ts'
import type { PlatformInfoSchema, WorkerInfoSchema } from './schema/worker.ts'
import { answerSchemas } from './schemas.ts'

/** The same shape with its intersections merged and `readonly` gone, so that two ways to write it compare as equal. */
type Plain<T> = T extends object ? { -readonly [Key in keyof T]: Plain<T[Key]> } : T
type Probe<A> = <T>() => T extends Plain<A> ? 1 : 2
type Equal<A, B> = Probe<A> extends Probe<B> ? true : false

/** Does not compile where a schema and the type that the client has for it differ. */
type Same = {
  submission: Equal<Static<typeof SubmissionSchema>, sdk.RunSubmission>
  rerunChanges: Equal<Static<typeof RerunSchema>, sdk.RerunChanges>
  run: Equal<Static<typeof RunSchema>, sdk.Run>
  runList: Equal<Static<typeof RunListSchema>, sdk.RunList>
  artifact: Equal<Static<typeof ArtifactSchema>, sdk.Artifact>
  artifactOmission: Equal<Static<typeof ArtifactOmissionSchema>, sdk.ArtifactOmission>
  stage: Equal<Static<typeof StageSchema>, sdk.Stage>
  stageOutcome: Equal<Static<typeof StageOutcomeSchema>, sdk.StageOutcome>
  runOutcome: Equal<Static<typeof RunOutcomeSchema>, sdk.RunOutcome>
  event: Equal<Static<typeof RunEventSchema>, sdk.RunEvent>
  batchSubmission: Equal<Static<typeof BatchSubmissionSchema>, sdk.BatchSubmission>
  batch: Equal<Static<typeof BatchSchema>, sdk.Batch>
  batchEvent: Equal<Static<typeof BatchEventSchema>, sdk.BatchEvent>
  keySubmission: Equal<Static<typeof KeySubmissionSchema>, sdk.KeySubmission>
  key: Equal<Static<typeof KeySchema>, sdk.Key>
  newKey: Equal<Static<typeof NewKeySchema>, sdk.NewKey>
  keyList: Equal<Static<typeof KeyListSchema>, sdk.KeyList>
  terminalMessage: Equal<Static<typeof TerminalMessageSchema>, terminal.TerminalMessage>
  terminalNotice: Equal<Static<typeof TerminalNoticeSchema>, terminal.TerminalNotice>
  limits: Equal<Static<typeof LimitsSchema>, sdk.Limits>
  environment: Equal<Static<typeof EnvironmentInfoSchema>, sdk.EnvironmentInfo>
  platform: Equal<Static<typeof PlatformInfoSchema>, sdk.PlatformInfo>
  worker: Equal<Static<typeof WorkerInfoSchema>, sdk.WorkerInfo>
  webhookLog: Equal<Static<typeof WebhookLogSchema>, WebhookLog>
  problem: Equal<Static<typeof ProblemSchema>, sdk.ProblemBody>
}
const same: Same = {
  submission: true,
  rerunChanges: true,
  run: true,
  runList: true,
  artifact: true,
  artifactOmission: true,
  stage: true,
  stageOutcome: true,
  runOutcome: true,
  event: true,
  batchSubmission: true,
  batch: true,
  batchEvent: true,
  keySubmission: true,
  key: true,
  newKey: true,
  keyList: true,
  terminalMessage: true,
  terminalNotice: true,
  limits: true,
  environment: true,
  platform: true,
  worker: true,
  webhookLog: true,
  problem: true,
}

test('every shape of an answer has a name of its own', () => {
  const names = answerSchemas.map(schemaName)
  assert.equal(new Set(names).size, names.length)
  assert.ok(Object.values(same).every(Boolean))
})
