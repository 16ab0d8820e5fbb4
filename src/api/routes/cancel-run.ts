import type { FastifyInstance } from 'fastify'
import { jsonAnswer, problemAnswers, writingProblems } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { runJson } from '../run-json.ts'
import { RunSchema } from '../schema/run.ts'
import { ownRun } from './own-run.ts'
import { type RunParams, RunParamsSchema, runNotFound } from './run-address.ts'

export function cancelRun(app: FastifyInstance, context: RouteContext): void {
  app.post<{ Params: RunParams }>(
    '/v1/runs/:id/cancel',
    {
      schema: {
        operationId: 'cancelRun',
        tags: ['runs'],
        summary: 'Cancel a run',
        description: 'May be repeated. A finished run stays as it is.',
        params: RunParamsSchema,
        response: {
          200: jsonAnswer('The run is finished.', RunSchema),
          202: jsonAnswer('The run is going to end soon.', RunSchema),
          ...problemAnswers('run-not-found', ...writingProblems),
        },
      },
    },
    async (request, reply) => {
      const { id } = await ownRun(context, request)
      const run = await context.lifecycle.cancel(id)
      if (run === undefined) {
        throw runNotFound(id)
      }
      return reply.code(run.state === 'finished' ? 200 : 202).send(runJson(run))
    },
  )
}
