import type { FastifyInstance } from 'fastify'
import { acceptRun } from '../accept-run.ts'
import { bodyProblems, jsonAnswer, problemAnswers } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { IdempotencyHeaders, onceRequest } from '../idempotency-key.ts'
import { preferredWaitSeconds } from '../prefer.ts'
import { runJson, runJsonWithOutput } from '../run-json.ts'
import { RunSchema } from '../schema/run.ts'
import { type Submission, SubmissionSchema } from '../schema/submission.ts'
import { waitForRun } from '../wait-for-run.ts'

const location = { Location: { type: 'string', description: 'The address of the run.' } }

export function submitRun(app: FastifyInstance, context: RouteContext): void {
  app.post<{ Body: Submission }>(
    '/v1/runs',
    {
      schema: {
        operationId: 'submitRun',
        tags: ['runs'],
        summary: 'Run a program',
        description:
          'Answers as soon as the run is stored. With `Prefer: wait=N` (1 to 60 seconds) it answers when the run is ' +
          'finished, or after that time. With an `Idempotency-Key` the request may be sent again: it gives the run of the first time.',
        headers: IdempotencyHeaders,
        body: SubmissionSchema,
        response: {
          200: jsonAnswer('The finished run, when it was waited for.', RunSchema, location),
          202: jsonAnswer('The run is stored and waits for a worker.', RunSchema, location),
          ...problemAnswers(
            ...bodyProblems,
            'unknown-environment',
            'unknown-version',
            'invalid-file',
            'limit-out-of-range',
            'network-not-allowed',
            'idempotency-key-reused',
            'idempotency-key-spent',
            'queue-full',
          ),
        },
      },
    },
    async (request, reply) => {
      const now = new Date()
      const once = onceRequest(request, now)
      const accepted = await context.lifecycle.submit(acceptRun(request.body, context, now), once)
      reply.header('location', `/v1/runs/${accepted.id}`)
      const waitSeconds = preferredWaitSeconds(request.headers.prefer)
      if (waitSeconds === undefined) {
        return reply.code(202).send(runJson(accepted))
      }
      const signal = context.openRequests.signalOf(reply)
      const run = (await waitForRun(context, accepted.id, waitSeconds * 1000, signal)) ?? accepted
      reply.header('preference-applied', `wait=${waitSeconds}`)
      return run.state === 'finished'
        ? reply.code(200).send(await runJsonWithOutput(run, context.events))
        : reply.code(202).send(runJson(run))
    },
  )
}
