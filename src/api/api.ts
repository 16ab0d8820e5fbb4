import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { Problem } from '../run/problem.ts'
import type { ApiParts, RouteContext } from './api-parts.ts'
import { authenticate } from './authenticate.ts'
import { endAfterDeclinedUpgrades, refuseBrokenConnection } from './broken-connection.ts'
import { EventPages } from './event-pages.ts'
import { Fleet } from './fleet.ts'
import { refuseForeign } from './foreign-request.ts'
import { acceptOnlyJson } from './json-body.ts'
import { answerUnknownRoutes } from './not-found.ts'
import { observeRequests } from './observe-requests.ts'
import { OpenRequests } from './open-requests.ts'
import { replyWithError } from './problem-reply.ts'
import { addRateLimitHeaders } from './rate-limit-headers.ts'
import { batchEvents } from './routes/batch-events.ts'
import { batches } from './routes/batches.ts'
import { cancelRun } from './routes/cancel-run.ts'
import { deleteRun } from './routes/delete-run.ts'
import { environments } from './routes/environments.ts'
import { getRun } from './routes/get-run.ts'
import { health } from './routes/health.ts'
import { keys } from './routes/keys.ts'
import { listRuns } from './routes/list-runs.ts'
import { metrics } from './routes/metrics.ts'
import { operations } from './routes/operations.ts'
import { rerun } from './routes/rerun.ts'
import { runArtifact } from './routes/run-artifact.ts'
import { runDeliveries } from './routes/run-deliveries.ts'
import { runEvents } from './routes/run-events.ts'
import { runOutput } from './routes/run-output.ts'
import { runTerminal } from './routes/run-terminal.ts'
import { submitRun } from './routes/submit-run.ts'
import { workers } from './routes/workers.ts'
import { registerSchemas } from './schemas.ts'
import { compileValidator } from './validator.ts'
import { acceptWebSockets, asksForWebSocket } from './web-sockets.ts'

/** A client that takes longer to send its request than this is not one that we want to wait for. */
const headersTimeoutMs = 15_000
const requestTimeoutMs = 60_000
/** Longer than the longest wait that can be asked for, and than the time between two heartbeats. */
const idleConnectionTimeoutMs = 120_000
/** Each open connection costs memory and, while it follows a run, a look at the database every second. */
const maxConnections = 1024
/** Requests end at once when the server closes; a connection that never had one would be waited for until it is idle for too long. */
const closingTimeoutMs = 5_000
const maxHeaders = 100
/** A run's id has 26 characters; nothing in an address of ours is much longer. */
const maxParamCharacters = 200

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
}

/** The HTTP API, ready to listen or to be called in process. Closing it ends the requests that wait. */
export async function createApi(parts: ApiParts): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: parts.observer.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: parts.settings.maxRequestBytes,
    // Its own answer while closing is no problem document; the hook below gives one.
    return503OnClosing: false,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: idleConnectionTimeoutMs,
    http: { headersTimeout: headersTimeoutMs, shouldUpgradeCallback: asksForWebSocket },
    routerOptions: { maxParamLength: maxParamCharacters },
    frameworkErrors: replyWithError,
    clientErrorHandler: refuseBrokenConnection,
  })
  app.server.maxConnections = maxConnections
  app.server.maxHeadersCount = maxHeaders
  endAfterDeclinedUpgrades(app.server)
  const connections = connectionsOf(app.server)

  // Before all other hooks: it closes the connection of an upgrade that they refuse.
  await acceptWebSockets(app)
  observeRequests(app, parts.observer)
  const openRequests = new OpenRequests(parts)
  app.decorateRequest('caller')
  app.addHook('preClose', async () => {
    openRequests.close()
    setTimeout(() => endConnections(connections), closingTimeoutMs).unref()
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    request.caller = await authenticate(parts, request, reply)
    // No page of a foreign web site has a key, so where one is needed there is nothing for it to misuse.
    if (request.caller.kind === 'operator') refuseForeign(request, parts.settings.host)
    if (openRequests.isClosing) {
      throw new Problem('not-ready', 'The server is shutting down.')
    }
  })
  app.addHook('onSend', (request, reply) => addRateLimitHeaders(parts, request, reply))
  app.setErrorHandler(replyWithError)
  app.setValidatorCompiler(compileValidator)
  // Answers are built by functions that are typed by the same schemas; a serializer that drops what it does not know, or
  // picks a branch of a union by itself, could only harm them.
  app.setSerializerCompiler(() => JSON.stringify)
  acceptOnlyJson(app)
  answerUnknownRoutes(app)
  registerSchemas(app)
  if (parts.documented) {
    const { documentApi } = await import('./documentation.ts')
    await documentApi(app, parts.version)
  }
  addRoutes(app, { ...parts, openRequests, fleet: new Fleet(parts.workers), eventPages: new EventPages(parts) })
  await app.ready()
  return app
}

/** Those that became something else than HTTP too, which the server itself no longer counts as its own but waits for all the same. */
function connectionsOf(server: Server): ReadonlySet<Socket> {
  const connections = new Set<Socket>()
  server.on('connection', socket => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  return connections
}

function endConnections(connections: ReadonlySet<Socket>): void {
  for (const socket of connections) socket.destroy()
}

function addRoutes(app: FastifyInstance, context: RouteContext): void {
  submitRun(app, context)
  listRuns(app, context)
  getRun(app, context)
  runOutput(app, context, 'stdout')
  runOutput(app, context, 'stderr')
  runArtifact(app, context)
  runEvents(app, context)
  runTerminal(app, context)
  runDeliveries(app, context)
  rerun(app, context)
  cancelRun(app, context)
  deleteRun(app, context)
  batches(app, context)
  batchEvents(app, context)
  environments(app, context)
  operations(app, context)
  workers(app, context)
  keys(app, context)
  health(app, context)
  metrics(app, context)
}
