import type { Run } from './types.ts'

/** What became of a run's webhook. */
export interface WebhookLog {
  url: string
  /** `waiting` for the run's end, `pending`: to be delivered, `delivered`, `failed`: given up. */
  state: 'waiting' | 'pending' | 'delivered' | 'failed'
  nextAttemptAt?: string
  /** Each attempt, the first one first; `status` is what the receiver answered, `error` why it did not. */
  deliveries: { number: number; at: string; durationMs: number; status?: number; error?: string }[]
}

/** The body of a webhook's delivery. Streams of a run that wrote a lot have no `content`: fetch it. */
export interface WebhookMessage {
  type: 'run.finished'
  timestamp: string
  data: Run
}
