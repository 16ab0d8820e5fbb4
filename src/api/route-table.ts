import type { FastifyInstance } from 'fastify'

/** Every address of the API with its methods; a part that begins with a colon stands for any. */
export type RouteTable = ReadonlyMap<string, ReadonlySet<string>>

declare module 'fastify' {
  interface FastifyInstance {
    readonly routeTable: RouteTable
  }
}

/** Gathers the routes as they are added. To be called before any is. */
export function gatherRoutes(app: FastifyInstance): RouteTable {
  const methodsByUrl = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByUrl.get(url) ?? new Set()
    for (const name of [method].flat()) {
      methods.add(name)
    }
    methodsByUrl.set(url, methods)
  })
  app.decorate('routeTable', methodsByUrl)
  return methodsByUrl
}
