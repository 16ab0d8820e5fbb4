import type { FastifyInstance } from 'fastify'
import { Problem } from '../../run/problem.ts'
import { jsonAnswer, problemAnswers } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { type WebhookLogJson, WebhookLogSchema } from '../schema/webhook.ts'
import { ownRun } from './own-run.ts'
import { type RunParams, RunParamsSchema } from './run-address.ts'

export function runDeliveries(app: FastifyInstance, context: RouteContext): void {
  app.get<{ Params: RunParams }>(
    '/v1/runs/:id/deliveries',
    {
      schema: {
        operationId: 'getRunDeliveries',
        tags: ['runs'],
        summary: "What became of a run's webhook",
        params: RunParamsSchema,
        response: {
          200: jsonAnswer('Its state, and every attempt.', WebhookLogSchema),
          ...problemAnswers('run-not-found', 'webhook-not-found'),
        },
      },
    },
    async (request): Promise<WebhookLogJson> => {
      const { id } = await ownRun(context, request)
      const log = await context.webhooks.log(id)
      if (log === undefined) {
        throw new Problem('webhook-not-found', `The run ${id} was posted without a webhook.`)
      }
      const { nextAttemptAt, deliveries, ...rest } = log
      return {
        ...rest,
        ...(nextAttemptAt && { nextAttemptAt: nextAttemptAt.toISOString() }),
        deliveries: deliveries.map(({ at, ...delivery }) => ({ ...delivery, at: at.toISOString() })),
      }
    },
  )
}
