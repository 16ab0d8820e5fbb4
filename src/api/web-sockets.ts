import type { IncomingMessage } from 'node:http'
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import { endWithProblem } from './broken-connection.ts'
import { closeCodes } from './terminal/terminal-socket.ts'

/** A message is a key, a line or a piece of a file. */
const maxMessageBytes = 64 * 1024
const webSocketProtocol = 'run-it'
/** A client that does not answer the close is not waited for. */
const closePatienceMs = 1000

/** Of the only address that has one, and with nothing in it that the router would refuse before it is seen what is asked for. */
const terminalUrl = /^\/v1\/runs\/\w{1,64}\/terminal(\?|$)/

/**
 * Any other upgrade that is asked for is no reason not to answer: HTTP lets a server go on as if it was not. It is more than kind:
 * once the parser has let go of a connection it is nobody's who does not take it, and nothing on it is read any more.
 */
export function asksForWebSocket({ method, url, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket' && terminalUrl.test(url ?? '')
}

/** The one that is said back; another one may bring a key, which is not. */
function handleProtocols(protocols: ReadonlySet<string>): string | false {
  return protocols.has(webSocketProtocol) ? webSocketProtocol : false
}

/** To be called before any route is added. */
export async function acceptWebSockets(app: FastifyInstance): Promise<void> {
  await app.register(websocket, {
    // Compression costs memory for each connection, and helps a few bytes at a time little.
    options: { maxPayload: maxMessageBytes, perMessageDeflate: false, handleProtocols },
    errorHandler: (error, socket, request) => {
      request.log.debug({ err: error, url: request.url }, 'a terminal failed')
      socket.close(closeCodes.internal)
    },
    preClose: done => {
      const { clients } = app.websocketServer
      if (clients.size === 0) return done()
      for (const client of clients) client.close(closeCodes.restart, 'the server is shutting down')
      const timer = setTimeout(() => {
        for (const client of clients) client.terminate()
      }, closePatienceMs)
      app.websocketServer.close(() => {
        clearTimeout(timer)
        done()
      })
    },
  })
  // Without a listener a handshake that is not one would get a page of HTML.
  app.websocketServer.on('wsClientError', (error, socket) => endWithProblem(socket, `${error.message}.`))
}
