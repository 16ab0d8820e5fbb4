import type { FastifyInstance } from 'fastify'
import { Problem } from '../run/problem.ts'
import { gatherRoutes } from './route-table.ts'

/** Tells an address that does not exist from one that does not know the method. To be called before any route is added. */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const routes = gatherRoutes(app)
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const allowed = [...routes].filter(([url]) => matches(url, path)).flatMap(([, methods]) => [...methods])
    if (allowed.length === 0) {
      throw new Problem('route-not-found', 'There is nothing at this address. /openapi.json lists what there is.')
    }
    const allow = [...new Set(allowed)].sort().join(', ')
    reply.header('allow', allow)
    throw new Problem('method-not-allowed', `The address knows only ${allow}.`)
  })
}

/** Compares part by part; a part that begins with a colon stands for any, and a star at the end for all that are left. */
function matches(url: string, path: string): boolean {
  const wanted = url.split('/')
  const isOpen = wanted.at(-1) === '*'
  const given = isOpen ? path.split('/', wanted.length) : path.split('/')
  return (
    wanted.length === given.length &&
    wanted.every(
      (part, index) =>
        (isOpen && part === '*') || part === given[index] || (part.startsWith(':') && given[index] !== ''),
    )
  )
}
