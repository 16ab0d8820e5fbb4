import type { FastifyInstance } from 'fastify'
import type { WebSocket } from 'ws'

/** A WebSocket to the API in this process, without a port. The host in the address does not matter. */
export function inProcessWebSocket(app: FastifyInstance): (url: string, protocols: string[]) => WebSocket {
  return (url, protocols) => {
    const { pathname, search } = new URL(url)
    const made: { socket?: WebSocket } = {}
    const headers = { host: 'localhost', 'sec-websocket-protocol': protocols.join(', ') }
    const onInit = (socket: WebSocket) => {
      made.socket = socket
    }
    // It is made before anything is waited for; whoever has it hears from it whether it opens.
    app.injectWS(pathname + search, { headers }, { onInit }).catch(error => made.socket?.emit('error', error))
    if (made.socket === undefined) throw new Error('a WebSocket was not made at once')
    return made.socket
  }
}
