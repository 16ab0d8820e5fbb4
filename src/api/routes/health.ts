import type { FastifyInstance } from 'fastify'
import { Problem } from '../../run/problem.ts'
import { jsonAnswer, problemAnswers } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { replyWithProblem } from '../problem-reply.ts'
import { readiness } from '../readiness.ts'
import { LivenessSchema, ReadinessSchema } from '../schema/health.ts'

export function health(app: FastifyInstance, context: RouteContext): void {
  app.get(
    '/health/live',
    {
      schema: {
        operationId: 'getLiveness',
        tags: ['health'],
        summary: 'Whether the process answers at all',
        response: { 200: jsonAnswer('It does.', LivenessSchema), ...problemAnswers() },
      },
    },
    async () => ({ alive: true }),
  )

  app.get(
    '/health/ready',
    {
      schema: {
        operationId: 'getReadiness',
        tags: ['health'],
        summary: 'Whether a run that is posted now would run',
        description: 'The problem `not-ready` carries `ready`, `checks` and `queuedRuns` as well.',
        response: { 200: jsonAnswer('It would.', ReadinessSchema), ...problemAnswers('not-ready') },
      },
    },
    async (_request, reply) => {
      const state = await readiness(context)
      if (state.ready) {
        return state
      }
      const details = state.checks.flatMap(check => (check.ok ? [] : [check.detail ?? check.name]))
      return replyWithProblem(new Problem('not-ready', details.join(' ')), reply, state)
    },
  )
}
