import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { acceptRerun } from '../accept-rerun.ts'
import { refuseUnknownPools } from '../accept-route.ts'
import { allowanceOf } from '../allowance.ts'
import { bodyProblems, problemAnswers } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { IdempotencyHeaders, onceRequest } from '../idempotency-key.ts'
import { inTrace } from '../observe-requests.ts'
import { type RerunChanges, RerunSchema } from '../schema/submission.ts'
import { acceptedAnswers, submitAndAnswer } from '../submit-and-answer.ts'
import { ownRun } from './own-run.ts'
import { type RunParams, RunParamsSchema, runNotFound } from './run-address.ts'

export function rerun(app: FastifyInstance, context: RouteContext): void {
  app.post<{ Params: RunParams; Body: RerunChanges | null }>(
    '/v1/runs/:id/rerun',
    {
      schema: {
        operationId: 'rerun',
        tags: ['runs'],
        summary: 'Run a program again, on the same image',
        description:
          'Stores a new run with the same request, finished or not. It runs on the very image that the old one had, and ' +
          'ends as failed where that cannot be had any more. `Prefer: wait=N` as when a program is posted.',
        params: RunParamsSchema,
        headers: IdempotencyHeaders,
        body: Type.Optional(RerunSchema),
        response: {
          ...acceptedAnswers,
          ...problemAnswers(
            ...bodyProblems,
            'run-not-found',
            'unknown-environment',
            'unknown-version',
            'environment-not-allowed',
            'limit-out-of-range',
            'unknown-pool',
            'pool-not-allowed',
            'command-not-allowed',
            'network-not-allowed',
            'idempotency-key-reused',
            'idempotency-key-spent',
            'queue-full',
            'rate-limited',
            'storage-full',
          ),
        },
      },
    },
    async (request, reply) => {
      const { id, keyId } = await ownRun(context, request)
      const run = await context.runs.find(id)
      if (run === undefined) {
        throw runNotFound(id)
      }
      const now = new Date()
      const once = onceRequest(request, now)
      const allowance = allowanceOf(request.caller, context)
      // The key of an own run allowed its environment, whichever version the image turned out to have, and keys never change.
      const isOwn = keyId !== undefined && keyId === allowance.owner?.id
      const ran = isOwn ? context.catalogue : allowance.catalogue
      const again = acceptRerun(run, request.body ?? {}, { ...allowance, ran }, now)
      await refuseUnknownPools([again], context.knownPools)
      return await submitAndAnswer(context, { run: inTrace(again, request), once }, request, reply)
    },
  )
}
