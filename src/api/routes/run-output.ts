import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { type OutputStream, type StageName, stageNames } from '../../run/run.ts'
import { mediaAnswer, problemAnswers } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { ownRun } from './own-run.ts'
import { type RunParams, RunParamsSchema } from './run-address.ts'

export const OutputQuerySchema = Type.Object(
  {
    stage: Type.Optional(Type.Enum([...stageNames], { description: 'Only what this stage wrote.' })),
    test: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'Only what the test with this index wrote. With `stage=test`, or without.',
      }),
    ),
  },
  { additionalProperties: false },
)

/** `/stdout` and `/stderr`. What a program wrote is never a web page, so the type is one that no browser shows. */
export function runOutput(app: FastifyInstance, context: RouteContext, stream: OutputStream): void {
  app.get<{ Params: RunParams; Querystring: { readonly stage?: StageName; readonly test?: number } }>(
    `/v1/runs/:id/${stream}`,
    {
      schema: {
        operationId: stream === 'stdout' ? 'getRunStdout' : 'getRunStderr',
        tags: ['runs'],
        summary: `The bytes of ${stream}`,
        description: 'While the run goes on: what there is so far.',
        params: RunParamsSchema,
        querystring: OutputQuerySchema,
        response: {
          200: mediaAnswer('The bytes.', 'application/octet-stream', {}),
          ...problemAnswers('invalid-request', 'run-not-found'),
        },
      },
    },
    async (request, reply) => {
      const { id } = await ownRun(context, request)
      const bytes = await context.events.output(id, { stream, ...request.query })
      // Bytes of a run that was deleted meanwhile would look like a program that wrote nothing.
      await ownRun(context, request)
      return reply.type('application/octet-stream').send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    },
  )
}
