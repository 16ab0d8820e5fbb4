import type { EventEmitter } from 'node:events'
import type { FastifyReply } from 'fastify'
import type { KeyId } from '../run/key.ts'
import type { ApiParts } from './api-parts.ts'
import type { Caller } from './caller.ts'

/** A hint that a key was revoked may be lost, so this often it is looked up. */
const revocationPollMs = 1000

/** Made once: an error costs its stack, and a request is over each time. */
const requestOver = new Error('The request is over')

interface OpenRequest {
  readonly controller: AbortController
  readonly keyId?: KeyId
}

/** The requests that may wait long, so that each ends when its client goes away or its key is revoked, and all when the server closes. */
export class OpenRequests {
  readonly #parts: Pick<ApiParts, 'hints' | 'keys' | 'observer'>
  readonly #open = new Set<OpenRequest>()
  #isClosing = false
  #poll: NodeJS.Timeout | undefined

  constructor(parts: Pick<ApiParts, 'hints' | 'keys' | 'observer'>) {
    this.#parts = parts
  }

  get isClosing(): boolean {
    return this.#isClosing
  }

  /** Aborted once nobody waits for the reply any more, its key is revoked, or the server closes. */
  signalOf(reply: FastifyReply): AbortSignal {
    return reply.raw.destroyed
      ? AbortSignal.abort(requestOver)
      : this.signalUntilClosed(reply.raw, reply.request.caller)
  }

  /** Aborted at the `close` of what is open now, when the key is revoked, or when the server closes. */
  signalUntilClosed(connection: EventEmitter, caller: Caller): AbortSignal {
    const controller = new AbortController()
    if (this.#isClosing) {
      controller.abort(requestOver)
      return controller.signal
    }
    const entry = { controller, keyId: caller.kind === 'key' ? caller.key.id : undefined }
    const forget = this.#watch(entry)
    this.#open.add(entry)
    connection.once('close', () => {
      this.#open.delete(entry)
      forget()
      controller.abort(requestOver)
    })
    return controller.signal
  }

  close(): void {
    this.#isClosing = true
    clearInterval(this.#poll)
    for (const { controller } of this.#open) {
      controller.abort(requestOver)
    }
  }

  #watch({ controller, keyId }: OpenRequest): () => void {
    if (keyId === undefined) {
      return () => {}
    }
    this.#poll ??= setInterval(() => void this.#endRevoked(), revocationPollMs).unref()
    return this.#parts.hints.subscribe(`key:${keyId}`, () => controller.abort(requestOver))
  }

  async #endRevoked(): Promise<void> {
    const keyIds = [...new Set([...this.#open].flatMap(({ keyId }) => keyId ?? []))]
    try {
      const revoked = new Set(await this.#parts.keys.revokedOf(keyIds))
      for (const { controller, keyId } of this.#open) {
        if (keyId !== undefined && revoked.has(keyId)) controller.abort(requestOver)
      }
    } catch (error) {
      this.#parts.observer.log.warn({ err: error }, 'revoked keys could not be looked up')
    }
  }
}
