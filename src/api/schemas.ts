import type { FastifyInstance } from 'fastify'
import { BatchEventSchema, BatchSchema } from './schema/batch.ts'
import { EnvironmentInfoSchema, EnvironmentListSchema } from './schema/environment.ts'
import { RunEventSchema } from './schema/event.ts'
import { LivenessSchema, ReadinessSchema } from './schema/health.ts'
import { KeyListSchema, KeySchema, NewKeySchema } from './schema/key.ts'
import { LimitsSchema } from './schema/limits.ts'
import { OperationEventSchema, OperationSchema } from './schema/operation.ts'
import { ProblemSchema } from './schema/problem.ts'
import {
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
import { TerminalMessageSchema, TerminalNoticeSchema } from './schema/terminal.ts'
import { TestResultSchema, TestSummarySchema } from './schema/test.ts'
import { WebhookLogSchema } from './schema/webhook.ts'
import { PlatformInfoSchema, WorkerInfoSchema, WorkerListSchema } from './schema/worker.ts'

/** Every shape that answers carry, by the name it has in the OpenAPI document. */
export const answerSchemas = [
  ArtifactOmissionSchema,
  ArtifactSchema,
  BatchEventSchema,
  BatchSchema,
  EnvironmentInfoSchema,
  EnvironmentListSchema,
  KeyListSchema,
  KeySchema,
  LimitsSchema,
  LivenessSchema,
  NewKeySchema,
  OperationEventSchema,
  OperationSchema,
  PlatformInfoSchema,
  ProblemSchema,
  ReadinessSchema,
  RunEventSchema,
  RunListSchema,
  RunOutcomeSchema,
  RunSchema,
  StageOutcomeSchema,
  StageOutputSchema,
  StageSchema,
  WaitingSchema,
  TerminalMessageSchema,
  TerminalNoticeSchema,
  WebhookLogSchema,
  TestResultSchema,
  TestSummarySchema,
  WorkerInfoSchema,
  WorkerListSchema,
] as const

export function registerSchemas(app: FastifyInstance): void {
  for (const schema of answerSchemas) {
    app.addSchema(schema)
  }
}
