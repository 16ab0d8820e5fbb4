import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Problem } from '../../run/problem.ts'
import { emptyAnswer, problemAnswers, writingProblems } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { mayRun } from '../caller.ts'
import { OpenTerminals } from '../terminal/open-terminals.ts'
import { serveTerminal } from '../terminal/serve-terminal.ts'
import { closeCodes, TerminalSocket } from '../terminal/terminal-socket.ts'
import { ownRun } from './own-run.ts'
import { type RunParams, RunParamsSchema, runIdOf } from './run-address.ts'

const QuerySchema = Type.Object(
  {
    watch: Type.Optional(Type.Enum(['true', 'false'], { description: 'Only watch: never ask to write.' })),
    after: Type.Optional(Type.Integer({ minimum: 0, description: 'Only events after this sequence number.' })),
  },
  { additionalProperties: false },
)

interface TerminalRoute {
  Params: RunParams
  Querystring: { readonly watch?: 'true' | 'false'; readonly after?: number }
}

export function runTerminal(app: FastifyInstance, context: RouteContext): void {
  const terminals = new OpenTerminals()
  app.route<TerminalRoute>({
    method: 'GET',
    url: '/v1/runs/:id/terminal',
    exposeHeadRoute: false,
    schema: {
      operationId: 'openTerminal',
      tags: ['runs'],
      summary: 'Talk to a run while it runs',
      description:
        'A WebSocket: this document can only name it, docs/api.md describes it. The server sends each event of the run as a ' +
        '`RunEvent`, and a `TerminalNotice` now and then; the client sends a `TerminalMessage` each. All of them are JSON, as ' +
        'text. It closes with 1000 after the `finished` event.',
      params: RunParamsSchema,
      querystring: QuerySchema,
      response: {
        101: emptyAnswer('The connection is a WebSocket now.'),
        ...problemAnswers(
          ...writingProblems,
          'invalid-request',
          'run-not-found',
          'web-socket-required',
          'too-many-terminals',
        ),
      },
    },
    // Before the upgrade, when a refusal can still be told.
    preHandler: async (request, reply) => {
      const { id } = await ownRun(context, request)
      if (!request.ws) {
        reply.header('upgrade', 'websocket')
        throw new Problem('web-socket-required', 'This address speaks WebSocket only.')
      }
      terminals.refuseIfFull(id)
    },
    handler: () => {
      throw new Error('a request that is no WebSocket is refused before')
    },
    wsHandler: async (webSocket, given) => {
      const socket = new TerminalSocket(webSocket)
      const request = given as FastifyRequest<TerminalRoute>
      const { watch, after = 0 } = request.query
      const closed = context.openRequests.signalUntilClosed(webSocket, request.caller)
      closed.addEventListener('abort', () => {
        if (context.openRequests.isClosing) socket.close(closeCodes.restart, 'the server is shutting down')
        else socket.close(closeCodes.policy, 'the key was revoked')
      })
      const id = runIdOf(request.params)
      using _place = terminals.add(id)
      const run = await context.runs.find(id)
      const isInteractive = run?.request.interaction !== undefined
      await serveTerminal(
        context,
        socket,
        { id, isInteractive, watches: watch === 'true' || !mayRun(request.caller), after },
        closed,
      )
    },
  })
}
