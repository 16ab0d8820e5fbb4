/** What is needed of a WebSocket: the global one of Node and browsers has it, and so has that of `ws`. */
export interface WebSocketLike {
  readonly bufferedAmount: number
  send(text: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open' | 'message' | 'close' | 'error', listener: (event: object) => void): void
}

export type OpenWebSocket = (url: string, protocols: string[]) => WebSocketLike

export function openGlobalWebSocket(url: string, protocols: string[]): WebSocketLike {
  return new WebSocket(url, protocols)
}
