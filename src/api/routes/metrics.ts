import type { FastifyInstance } from 'fastify'
import type { RouteContext } from '../api-parts.ts'

/** https://prometheus.io/docs/instrumenting/exposition_formats/#basic-info */
const prometheusMediaType = 'text/plain; version=0.0.4; charset=utf-8'

/** What the process measures, for Prometheus. No part of the API that clients build on, so the API's description leaves it out. */
export function metrics(app: FastifyInstance, context: RouteContext): void {
  const { metrics: read } = context
  if (read === undefined) return
  app.get('/metrics', { config: { scope: 'metrics' }, schema: { hide: true } }, async (_request, reply) =>
    reply.type(prometheusMediaType).send(await read()),
  )
}
