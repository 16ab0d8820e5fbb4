/** Who is to be told of a run's end. */
export interface Webhook {
  readonly url: string
  /** Of the URL: deliveries to one host do not hold up the others. */
  readonly host: string
  /** What the deliveries are signed with; absent where it is the installation's. It leaves the process in no other way. */
  readonly secret?: string
}

/**
 * `waiting` for the run's end, then `pending` until an attempt succeeds (`delivered`), or the last one fails or the receiver says that it is
 * gone (`failed`).
 */
export const webhookStates = ['waiting', 'pending', 'delivered', 'failed'] as const
export type WebhookState = (typeof webhookStates)[number]
