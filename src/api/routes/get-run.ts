import type { FastifyInstance } from 'fastify'
import { jsonAnswer, problemAnswers } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { preferredWaitSeconds } from '../prefer.ts'
import { runJsonWithOutput } from '../run-json.ts'
import { RunSchema } from '../schema/run.ts'
import { waitForRun } from '../wait-for-run.ts'
import { ownRun } from './own-run.ts'
import { type RunParams, RunParamsSchema, runNotFound } from './run-address.ts'

export function getRun(app: FastifyInstance, context: RouteContext): void {
  app.get<{ Params: RunParams }>(
    '/v1/runs/:id',
    {
      schema: {
        operationId: 'getRun',
        tags: ['runs'],
        summary: 'Everything about a run',
        description:
          "The output of the stages included. With `Prefer: wait=N` (1 to 60 seconds) it answers when the run's state " +
          'is finished, or after that time.',
        params: RunParamsSchema,
        response: { 200: jsonAnswer('The run.', RunSchema), ...problemAnswers('run-not-found') },
      },
    },
    async (request, reply) => {
      const { id } = await ownRun(context, request)
      const waitSeconds = preferredWaitSeconds(request.headers.prefer)
      const run =
        waitSeconds === undefined
          ? await context.runs.find(id)
          : await waitForRun(context, id, { waitMs: waitSeconds * 1000, signal: context.openRequests.signalOf(reply) })
      if (run === undefined) {
        throw runNotFound(id)
      }
      if (waitSeconds !== undefined) {
        reply.header('preference-applied', `wait=${waitSeconds}`)
      }
      const json = { ...(await runJsonWithOutput(run, context.events)), ...(await context.fleet.remarkOn(run)) }
      // Where it was deleted meanwhile its output is not what it wrote.
      await ownRun(context, request)
      return reply.send(json)
    },
  )
}
