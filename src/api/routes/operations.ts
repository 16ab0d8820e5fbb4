import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { isOperationId, maxOpenOperations, type Operation, type OperationId } from '../../run/operation.ts'
import { Problem } from '../../run/problem.ts'
import { allowanceOf } from '../allowance.ts'
import { emptyAnswer, jsonAnswer, mediaAnswer, problemAnswers, writingProblems } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { lastEventId } from '../last-event-id.ts'
import { operationJson } from '../operation-json.ts'
import { operationStream } from '../operation-stream.ts'
import { preferredWaitSeconds } from '../prefer.ts'
import { OperationSchema } from '../schema/operation.ts'
import { waitUntil } from '../wait-until.ts'

const IdSchema = Type.Object({ id: Type.String({ description: 'The id of the operation.' }) })
const NameSchema = Type.Object({
  name: Type.String({ description: 'As `environment` of a run: `go@1.16.3`.' }),
})
const location = { Location: { type: 'string', description: 'The address of the operation.' } }

/** Images are the whole installation's, and so is the disk that they fill. */
const config = { scope: 'admin' } as const
/** A pull that is under way for somebody else. */
const retryAfterSeconds = 30

export function operations(app: FastifyInstance, context: RouteContext): void {
  pullEnvironment(app, context)
  getOperation(app, context)
  followOperation(app, context)
}

function pullEnvironment(app: FastifyInstance, context: RouteContext): void {
  app.post<{ Params: { readonly name: string } }>(
    '/v1/environments/:name/pull',
    {
      config,
      schema: {
        operationId: 'pullEnvironment',
        tags: ['environments'],
        summary: "Make an environment's image present",
        description:
          'Stores an operation that a worker works off. While one for the same environment has not finished, it is that one. ' +
          '`Prefer: wait=N` as when a program is posted.',
        params: NameSchema,
        response: {
          200: jsonAnswer('The finished operation, when it was waited for.', OperationSchema, location),
          202: jsonAnswer('The operation is stored.', OperationSchema, location),
          ...problemAnswers(
            ...writingProblems,
            'invalid-request',
            'unknown-environment',
            'unknown-version',
            'environment-not-allowed',
            'too-many-operations',
          ),
        },
      },
    },
    async (request, reply) => {
      const { catalogue, owner } = allowanceOf(request.caller, context)
      const { name } = request.params
      catalogue.resolve(name)
      const made = await context.operations.create({ environment: name, keyId: owner?.id, now: new Date() })
      if (made === undefined) {
        const detail = `${maxOpenOperations} operations have not finished; more are not taken.`
        throw new Problem('too-many-operations', detail, { retryAfterSeconds })
      }
      reply.header('location', `/v1/operations/${made.id}`)
      const operation = (await waited(context, made.id, request, reply)) ?? made
      const isWaitedFor = reply.hasHeader('preference-applied') && operation.state === 'finished'
      return reply.code(isWaitedFor ? 200 : 202).send(operationJson(operation))
    },
  )
}

function getOperation(app: FastifyInstance, context: RouteContext): void {
  app.get<{ Params: { readonly id: string } }>(
    '/v1/operations/:id',
    {
      config,
      schema: {
        operationId: 'getOperation',
        tags: ['operations'],
        summary: 'How far an operation has come',
        description: '`Prefer: wait=N` as for a run.',
        params: IdSchema,
        response: { 200: jsonAnswer('The operation.', OperationSchema), ...problemAnswers('operation-not-found') },
      },
    },
    async (request, reply) => {
      const { id } = await known(context, request.params.id)
      const operation = (await waited(context, id, request, reply)) ?? (await known(context, id))
      return reply.send(operationJson(operation))
    },
  )
}

function followOperation(app: FastifyInstance, context: RouteContext): void {
  app.get<{ Params: { readonly id: string } }>(
    '/v1/operations/:id/events',
    {
      config,
      // Fastify answers a HEAD by doing the work of the GET; this work has no end of its own.
      exposeHeadRoute: false,
      schema: {
        operationId: 'followOperation',
        tags: ['operations'],
        summary: 'What an operation tells, live',
        description:
          'Server-sent events: `state`, `progress`, and `finished` with the operation. Send the last id as `Last-Event-ID` to resume.',
        params: IdSchema,
        response: {
          200: mediaAnswer('Events, from the first or from the one after `Last-Event-ID`.', 'text/event-stream', {
            $ref: 'OperationEvent#',
          }),
          204: emptyAnswer('The operation is finished and there is nothing after `Last-Event-ID`: do not come back.'),
          ...problemAnswers('invalid-request', 'operation-not-found'),
        },
      },
    },
    async (request, reply) => {
      const operation = await known(context, request.params.id)
      const after = lastEventId(request.headers['last-event-id'])
      const isOver = operation.state === 'finished'
      if (isOver && (await context.operations.events(operation.id, { after, limit: 1 })).length === 0) {
        return reply.code(204).send()
      }
      const events = operationStream(context, operation.id, after, context.openRequests.signalOf(reply))
      // A proxy that collects the stream first would make it useless.
      reply.headers({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
      return reply.send(Readable.from(events, { highWaterMark: 1 }))
    },
  )
}

async function known({ operations }: Pick<RouteContext, 'operations'>, id: string): Promise<Operation> {
  const operation = isOperationId(id) ? await operations.find(id) : undefined
  if (operation !== undefined) return operation
  throw new Problem('operation-not-found', `There is no operation ${JSON.stringify(id.slice(0, 60))}.`)
}

/** Undefined where the client does not want to wait, or the operation is gone meanwhile. */
async function waited(
  context: RouteContext,
  id: OperationId,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Operation | undefined> {
  const waitSeconds = preferredWaitSeconds(request.headers.prefer)
  if (waitSeconds === undefined) return undefined
  reply.header('preference-applied', `wait=${waitSeconds}`)
  const signal = context.openRequests.signalOf(reply)
  await waitUntil(context.hints, { topic: `operation:${id}`, waitMs: waitSeconds * 1000, signal }, async () => {
    const operation = await context.operations.find(id)
    return operation === undefined || operation.state === 'finished'
  })
  return await context.operations.find(id)
}
