import type { FastifyInstance } from 'fastify'
import { refuseUnknownPools } from '../accept-route.ts'
import { acceptRun } from '../accept-run.ts'
import { allowanceOf } from '../allowance.ts'
import { problemAnswers, submissionProblems } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { IdempotencyHeaders, onceRequest } from '../idempotency-key.ts'
import { inTrace } from '../observe-requests.ts'
import { type Submission, SubmissionSchema } from '../schema/submission.ts'
import { acceptedAnswers, submitAndAnswer } from '../submit-and-answer.ts'

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
          ...acceptedAnswers,
          ...problemAnswers(...submissionProblems),
        },
      },
    },
    async (request, reply) => {
      const now = new Date()
      const once = onceRequest(request, now)
      const run = acceptRun(request.body, allowanceOf(request.caller, context), now)
      await refuseUnknownPools([run], context.knownPools)
      return await submitAndAnswer(context, { run: inTrace(run, request), once }, request, reply)
    },
  )
}
