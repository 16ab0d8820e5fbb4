import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { ApiParts, RouteContext } from './api-parts.ts'
import { refuseBrokenConnection } from './broken-connection.ts'
import { answerUnknownRoutes } from './not-found.ts'
import { replyWithError } from './problem-reply.ts'
import { health } from './routes/health.ts'
import { registerSchemas } from './schemas.ts'
import { compileValidator } from './validator.ts'

const requestTimeoutMs = 15_000
const maxConnections = 64

/** What a worker without an API answers: whether it lives, and whether it can take runs. */
export async function createHealthApi(
  parts: Pick<ApiParts, 'workers' | 'queueDepth' | 'settings' | 'observer'>,
): Promise<FastifyInstance> {
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
  app.setErrorHandler(replyWithError)
  app.setValidatorCompiler(compileValidator)
  app.setSerializerCompiler(() => JSON.stringify)
  answerUnknownRoutes(app)
  registerSchemas(app)
  // The routes of health ask for no more than that.
  health(app, parts as RouteContext)
  await app.ready()
  return app
}
