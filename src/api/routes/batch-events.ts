import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { emptyAnswer, mediaAnswer, problemAnswers } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { batchStream } from '../batch-stream.ts'
import { lastEventId } from '../last-event-id.ts'
import { type BatchParams, BatchParamsSchema, ownBatch } from './own-batch.ts'

export function batchEvents(app: FastifyInstance, context: RouteContext): void {
  app.get<{ Params: BatchParams }>(
    '/v1/batches/:id/events',
    {
      // Fastify answers a HEAD by doing the work of the GET; this work has no end of its own.
      exposeHeadRoute: false,
      schema: {
        operationId: 'followBatch',
        tags: ['batches'],
        summary: 'The ends of the runs of a batch, live',
        description:
          'Server-sent events: one `run` for the end of each run, in the order in which they end, then `finished` with the ' +
          'batch. Send the last id as `Last-Event-ID` to resume.',
        params: BatchParamsSchema,
        response: {
          200: mediaAnswer('Events, from the first or from the one after `Last-Event-ID`.', 'text/event-stream', {
            $ref: 'BatchEvent#',
          }),
          204: emptyAnswer('The batch is finished and there is nothing after `Last-Event-ID`: do not come back.'),
          ...problemAnswers('invalid-request', 'batch-not-found'),
        },
      },
    },
    async (request, reply) => {
      const { id, total, finished } = await ownBatch(context, request)
      const after = lastEventId(request.headers['last-event-id'])
      if (finished === total && after > total) {
        return reply.code(204).send()
      }
      const events = batchStream(context, id, after, context.openRequests.signalOf(reply))
      // A proxy that collects the stream first would make it useless.
      reply.headers({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
      return reply.send(Readable.from(events, { highWaterMark: 1 }))
    },
  )
}
