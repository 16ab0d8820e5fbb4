import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { Problem } from '../run/problem.ts'
import type { ApiParts, RouteContext } from './api-parts.ts'
import { authenticate } from './authenticate.ts'
import { refuseBrokenConnection } from './broken-connection.ts'
import { refuseForeign } from './foreign-request.ts'
import { answerUnknownRoutes } from './not-found.ts'
import { observeRequests } from './observe-requests.ts'
import { replyWithError } from './problem-reply.ts'
import { health } from './routes/health.ts'
import { metrics } from './routes/metrics.ts'
import { registerSchemas } from './schemas.ts'
import { compileValidator } from './validator.ts'

const requestTimeoutMs = 15_000
const maxConnections = 64
const ownMachine: readonly string[] = ['127.0.0.1', '::1', '::ffff:127.0.0.1']

type HealthParts = Pick<ApiParts, 'workers' | 'queueDepth' | 'settings' | 'observer' | 'keys' | 'metrics'>

/** What a worker without an API answers: whether it lives, whether it can take runs, and what it measures. */
export async function createHealthApi(parts: HealthParts): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    loggerInstance: parts.observer.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1024,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: requestTimeoutMs,
    frameworkErrors: replyWithError,
    clientErrorHandler: refuseBrokenConnection,
  })
  app.server.maxConnections = maxConnections
  observeRequests(app, parts.observer)
  app.decorateRequest('caller')
  app.setErrorHandler(replyWithError)
  app.setValidatorCompiler(compileValidator)
  app.setSerializerCompiler(() => JSON.stringify)
  answerUnknownRoutes(app)
  registerSchemas(app)
  // The routes of health ask for no more than that.
  health(app, parts as RouteContext)
  await app.register(async scope => guardedMetrics(scope, parts))
  await app.ready()
  return app
}

/** Health needs neither a key nor the database; metrics are for whom they are for everywhere. */
function guardedMetrics(app: FastifyInstance, parts: HealthParts): void {
  app.addHook('onRequest', async (request, reply) => {
    request.caller = await authenticate(parts, request, reply)
    if (request.caller.kind !== 'operator') return
    refuseForeign(request, parts.settings.host)
    // A worker may listen to others before there is a key.
    if (!ownMachine.includes(request.ip)) throw new Problem('unauthorized', 'There is no API key yet.')
  })
  metrics(app, parts as RouteContext)
}
