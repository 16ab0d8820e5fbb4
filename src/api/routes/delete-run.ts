import type { FastifyInstance } from 'fastify'
import { emptyAnswer, problemAnswers, writingProblems } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { ownRun } from './own-run.ts'
import { type RunParams, RunParamsSchema, runNotFound } from './run-address.ts'

export function deleteRun(app: FastifyInstance, context: RouteContext): void {
  app.delete<{ Params: RunParams }>(
    '/v1/runs/:id',
    {
      schema: {
        operationId: 'deleteRun',
        tags: ['runs'],
        summary: 'Delete a finished run and all its data',
        params: RunParamsSchema,
        response: {
          204: emptyAnswer('It is gone.'),
          ...problemAnswers('run-not-found', 'run-not-finished', ...writingProblems),
        },
      },
    },
    async (request, reply) => {
      const { id } = await ownRun(context, request)
      if (!(await context.lifecycle.remove(id))) {
        throw runNotFound(id)
      }
      return reply.code(204).send()
    },
  )
}
