import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Batch, type BatchId, batchState } from '../../run/batch.ts'
import { acceptBatch } from '../accept-batch.ts'
import { refuseUnknownPools } from '../accept-route.ts'
import { allowanceOf } from '../allowance.ts'
import { jsonAnswer, problemAnswers, submissionProblems, writingProblems } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { batchJson } from '../batch-json.ts'
import { IdempotencyHeaders, onceRequest } from '../idempotency-key.ts'
import { inTrace } from '../observe-requests.ts'
import { preferredWaitSeconds } from '../prefer.ts'
import { BatchSchema, type BatchSubmission, BatchSubmissionSchema } from '../schema/batch.ts'
import { waitForBatch } from '../wait-for-batch.ts'
import { type BatchParams, BatchParamsSchema, batchNotFound, ownBatch } from './own-batch.ts'

const location = { Location: { type: 'string', description: 'The address of the batch.' } }

export function batches(app: FastifyInstance, context: RouteContext): void {
  submitBatch(app, context)
  getBatch(app, context)
  cancelBatch(app, context)
}

function submitBatch(app: FastifyInstance, context: RouteContext): void {
  app.post<{ Body: BatchSubmission }>(
    '/v1/batches',
    {
      schema: {
        operationId: 'submitBatch',
        tags: ['batches'],
        summary: 'Run many programs',
        description:
          'All runs are stored, or none. Each counts for what the key may submit in a minute. `Prefer: wait=N` as when a ' +
          'program is posted.',
        headers: IdempotencyHeaders,
        body: BatchSubmissionSchema,
        response: {
          200: jsonAnswer('The finished batch, when it was waited for.', BatchSchema, location),
          202: jsonAnswer('The runs are stored and wait for workers.', BatchSchema, location),
          ...problemAnswers(...submissionProblems),
        },
      },
    },
    async (request, reply) => {
      const now = new Date()
      const once = onceRequest(request, now)
      const accepted = acceptBatch(request.body, allowanceOf(request.caller, context), now)
      await refuseUnknownPools(accepted.runs, context.knownPools, index => `/runs/${index}/pool`)
      const runs = accepted.runs.map(run => inTrace(run, request))
      const made = await context.lifecycle.submitBatch(accepted.batch, runs, once)
      reply.header('location', `/v1/batches/${made.id}`)
      const batch = (await waited(context, made.id, request, reply)) ?? made
      const isWaitedFor = reply.hasHeader('preference-applied') && isFinished(batch)
      return reply.code(isWaitedFor ? 200 : 202).send(batchJson(batch))
    },
  )
}

function getBatch(app: FastifyInstance, context: RouteContext): void {
  app.get<{ Params: BatchParams }>(
    '/v1/batches/:id',
    {
      schema: {
        operationId: 'getBatch',
        tags: ['batches'],
        summary: 'How far a batch has come',
        description: 'Its runs are listed by `GET /v1/runs?batch=ID`. `Prefer: wait=N` as for a run.',
        params: BatchParamsSchema,
        response: { 200: jsonAnswer('The batch.', BatchSchema), ...problemAnswers('batch-not-found') },
      },
    },
    async (request, reply) => {
      const { id } = await ownBatch(context, request)
      const batch = (await waited(context, id, request, reply)) ?? (await context.batches.find(id))
      if (batch === undefined) throw batchNotFound(id)
      return reply.send(batchJson(batch))
    },
  )
}

function cancelBatch(app: FastifyInstance, context: RouteContext): void {
  app.post<{ Params: BatchParams }>(
    '/v1/batches/:id/cancel',
    {
      schema: {
        operationId: 'cancelBatch',
        tags: ['batches'],
        summary: 'Cancel all runs of a batch',
        description: 'May be repeated. Finished runs stay as they are.',
        params: BatchParamsSchema,
        response: {
          200: jsonAnswer('The batch is finished.', BatchSchema),
          202: jsonAnswer('Its last runs are going to end soon.', BatchSchema),
          ...problemAnswers('batch-not-found', ...writingProblems),
        },
      },
    },
    async (request, reply) => {
      const { id } = await ownBatch(context, request)
      await context.lifecycle.cancelBatch(id)
      const batch = await context.batches.find(id)
      if (batch === undefined) throw batchNotFound(id)
      return reply.code(isFinished(batch) ? 200 : 202).send(batchJson(batch))
    },
  )
}

/** Undefined where the client does not want to wait, or the batch is gone meanwhile. */
async function waited(
  context: RouteContext,
  id: BatchId,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Batch | undefined> {
  const waitSeconds = preferredWaitSeconds(request.headers.prefer)
  if (waitSeconds === undefined) return undefined
  reply.header('preference-applied', `wait=${waitSeconds}`)
  return await waitForBatch(context, id, waitSeconds * 1000, context.openRequests.signalOf(reply))
}

function isFinished(batch: Batch): boolean {
  return batchState(batch) === 'finished'
}
