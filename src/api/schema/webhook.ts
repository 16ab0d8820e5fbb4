import { type Static, Type } from 'typebox'
import { webhookStates } from '../../run/webhook.ts'

export const WebhookLogSchema = Type.Object(
  {
    url: Type.String(),
    state: Type.Enum([...webhookStates], {
      description: 'Waiting for the end of the run; pending: to be delivered; delivered; failed: given up.',
    }),
    nextAttemptAt: Type.Optional(Type.String({ format: 'date-time' })),
    deliveries: Type.Array(
      Type.Object({
        number: Type.Integer({ description: 'Of the attempt, from 1.' }),
        at: Type.String({ format: 'date-time' }),
        durationMs: Type.Integer(),
        status: Type.Optional(Type.Integer({ description: 'What the receiver answered.' })),
        error: Type.Optional(Type.String({ description: 'Why there was no answer.' })),
      }),
      { description: 'Each attempt, the first one first.' },
    ),
  },
  { $id: 'WebhookLog' },
)

export type WebhookLogJson = Static<typeof WebhookLogSchema>
