import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { emptyAnswer, mediaAnswer, problemAnswers } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { eventStream } from '../event-stream.ts'
import { lastEventId } from '../last-event-id.ts'
import { ownRun } from './own-run.ts'
import { type RunParams, RunParamsSchema } from './run-address.ts'

export function runEvents(app: FastifyInstance, context: RouteContext): void {
  app.get<{ Params: RunParams }>(
    '/v1/runs/:id/events',
    {
      // Fastify answers a HEAD by doing the work of the GET; this work has no end of its own.
      exposeHeadRoute: false,
      schema: {
        operationId: 'followRun',
        tags: ['runs'],
        summary: 'What happens in a run, live',
        description:
          'Server-sent events: the id is the sequence number, the event is the type, the data is a `RunEvent` as JSON. ' +
          'Send the last id as `Last-Event-ID` to resume. The stream ends after the `finished` event. Its stages ' +
          'carry no content: that was in the `output` events.',
        params: RunParamsSchema,
        response: {
          200: mediaAnswer('Events, from the first or from the one after `Last-Event-ID`.', 'text/event-stream', {
            $ref: 'RunEvent#',
          }),
          204: emptyAnswer('The run is finished and there is nothing after `Last-Event-ID`: do not come back.'),
          ...problemAnswers('invalid-request', 'run-not-found'),
        },
      },
    },
    async (request, reply) => {
      const { id, state } = await ownRun(context, request)
      const after = lastEventId(request.headers['last-event-id'])
      if (state === 'finished' && (await context.events.read(id, { after, limit: 1 })).length === 0) {
        return reply.code(204).send()
      }
      const events = eventStream(context, id, after, context.openRequests.signalOf(reply))
      // A proxy that collects the stream first would make it useless.
      reply.headers({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
      return reply.send(Readable.from(events, { highWaterMark: 1 }))
    },
  )
}
