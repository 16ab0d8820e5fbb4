import type { FastifyInstance } from 'fastify'
import type { NewRun } from '../store/run-store.ts'
import type { RequestTrace } from '../telemetry/observation.ts'
import type { Observer } from '../telemetry/observer.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined where nobody gathers traces. */
    trace: RequestTrace | undefined
  }
}

const switchingProtocols = 101

/** Tells of each request once it is over, however it ends. To be called before all other hooks: those refuse some. */
export function observeRequests(app: FastifyInstance, observer: Observer): void {
  app.decorateRequest('trace')
  app.addHook('onRequest', (request, reply, done) => {
    const startedAt = new Date()
    const startedMs = performance.now()
    const { traceparent } = request.headers
    const trace = observer.trace(typeof traceparent === 'string' ? traceparent : undefined)
    request.trace = trace
    const { raw } = reply
    raw.once('close', () => {
      observer.tell({
        type: 'request-answered',
        method: request.method,
        route: request.is404 ? undefined : request.routeOptions.url,
        // A WebSocket is answered behind our back.
        status: request.ws && !raw.headersSent ? switchingProtocols : raw.headersSent ? raw.statusCode : undefined,
        startedAt,
        durationMs: performance.now() - startedMs,
        ...(trace && { trace }),
      })
    })
    done()
  })
}

/** The run with the place in a trace that its request has, so that whoever works it off goes on from there. */
export function inTrace(run: NewRun, { trace }: { readonly trace: RequestTrace | undefined }): NewRun {
  if (trace === undefined && run.request.trace === undefined) return run
  return { ...run, request: { ...run.request, trace: trace?.traceparent } }
}
