import type { RunId } from '../../run/id.ts'
import type { RouteContext } from '../api-parts.ts'
import type { TerminalNoticeJson } from '../schema/terminal.ts'
import { eventMessages } from './event-messages.ts'
import { readMessage } from './read-message.ts'
import { TerminalRole } from './terminal-role.ts'
import { closeCodes, type TerminalSocket } from './terminal-socket.ts'

/** Mistakes are answered; whoever makes more than this makes them on purpose. */
const maxFaults = 16

export interface TerminalRequest {
  readonly id: RunId
  readonly isInteractive: boolean
  /** Never asks to write. */
  readonly watches: boolean
  readonly after: number
}

/** Undefined: it never writes. */
type ServedTerminal = TerminalRequest & { readonly role: TerminalRole | undefined }

/** One client's terminal, until the run is finished, the client goes, or the server closes. */
export async function serveTerminal(
  context: RouteContext,
  socket: TerminalSocket,
  request: TerminalRequest,
  closed: AbortSignal,
): Promise<void> {
  const over = new AbortController()
  const signal = AbortSignal.any([closed, over.signal])
  const role = new TerminalRole(context, request.id, role => void socket.send(noticeText({ type: 'role', role })))
  const mayWrite = request.isInteractive && !request.watches
  if (!mayWrite) await socket.send(noticeText({ type: 'role', role: 'watcher' }))
  const work = [
    showEvents(context, socket, { ...request, role: mayWrite ? role : undefined }, signal),
    readAll(socket, { ...request, role: mayWrite ? role : undefined }, signal),
    ...(mayWrite ? [role.keep(signal)] : []),
  ]
  try {
    // Whichever ends first ends the others.
    await Promise.race(work)
  } finally {
    over.abort()
    await Promise.allSettled(work)
  }
}

async function showEvents(
  context: RouteContext,
  socket: TerminalSocket,
  { id, after, role }: ServedTerminal,
  signal: AbortSignal,
): Promise<void> {
  // A client wants to know whether it writes before it shows the first line.
  await role?.decided
  for await (const message of eventMessages(context, id, after, signal)) await socket.send(message)
  if (!signal.aborted) socket.close(closeCodes.normal, 'the run is over')
}

async function readAll(socket: TerminalSocket, request: ServedTerminal, signal: AbortSignal): Promise<void> {
  let faults = 0
  for await (const message of socket.messages()) {
    if (signal.aborted) return
    const notice = await obey(message, request, signal)
    if (notice === undefined) continue
    faults += 1
    if (faults > maxFaults) {
      socket.close(closeCodes.policy, 'too many messages that cannot be accepted')
      return
    }
    await socket.send(noticeText(notice))
  }
}

function noticeText(notice: TerminalNoticeJson): string {
  return JSON.stringify(notice)
}

/** Undefined when all is well. */
async function obey(
  message: string,
  { isInteractive, role }: ServedTerminal,
  signal: AbortSignal,
): Promise<TerminalNoticeJson | undefined> {
  const read = readMessage(message)
  if ('fault' in read) return { type: 'error', code: 'invalid-message', detail: read.fault }
  if (!isInteractive) return { type: 'error', code: 'not-interactive', detail: 'The run takes no input while it runs.' }
  const result = await role?.write(read.input, signal)
  if (result === 'appended' || result === 'over' || signal.aborted) return undefined
  return { type: 'error', code: 'not-writer', detail: 'Another client writes, or you only watch.' }
}
