import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Problem } from '../run/problem.ts'
import { problemBody, problemMediaType } from './problem-reply.ts'

/** What is not even HTTP, or took too long to become it, gets one last answer on the bare socket. */
export function refuseBrokenConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  endWithProblem(socket, explanation(error.code))
}

/** A client that goes on sending is not listened to for longer than it takes to read one answer. */
const lingerMs = 1000

/**
 * The one answer that is left where there is no reply any more. What the client still sends is read and dropped for a moment: a
 * socket that is destroyed with bytes unread resets the connection, answer and all, and one that nobody reads never ends.
 */
export function endWithProblem(socket: Duplex, detail: string): void {
  const body = JSON.stringify(problemBody(new Problem('invalid-request', detail)))
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: ${problemMediaType}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  letGo(socket)
}

/**
 * An upgrade that nobody granted changes nothing, but for this: what comes behind such a request in one piece with its end is dropped by
 * the parser, without a word. So it is the last one of its connection, and its answer says so.
 */
export function endAfterDeclinedUpgrades(server: Server): void {
  server.prependListener('request', (request, response) => {
    if (request.headers.upgrade === undefined) return
    response.shouldKeepAlive = false
    // Its body may be under way still.
    request.socket.destroySoon = () => letGo(request.socket)
  })
}

function letGo(socket: Duplex): void {
  socket.end()
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
}

function explanation(code: string | undefined): string {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'The request took too long to arrive.'
    case 'HPE_HEADER_OVERFLOW':
      return 'The headers are too large.'
    default:
      return 'The request is not valid HTTP.'
  }
}
