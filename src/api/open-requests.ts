import type { FastifyReply } from 'fastify'

/** The requests that may wait long, so that each ends when its client goes away, and all when the server closes. */
export class OpenRequests {
  readonly #open = new Set<AbortController>()
  #isClosing = false

  get isClosing(): boolean {
    return this.#isClosing
  }

  /** Aborted once nobody waits for the reply any more, or the server closes. */
  signalOf(reply: FastifyReply): AbortSignal {
    const controller = new AbortController()
    if (this.#isClosing || reply.raw.destroyed) {
      controller.abort()
      return controller.signal
    }
    this.#open.add(controller)
    reply.raw.once('close', () => {
      this.#open.delete(controller)
      controller.abort()
    })
    return controller.signal
  }

  close(): void {
    this.#isClosing = true
    for (const controller of this.#open) {
      controller.abort()
    }
  }
}
