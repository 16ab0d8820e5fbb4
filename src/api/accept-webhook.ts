import type { Webhook } from '../run/webhook.ts'
import type { WebhookRules } from './api-parts.ts'
import { refuseIfAny } from './refuse.ts'
import type { WebhookSubmission } from './schema/submission.ts'

/** Throws the problem `invalid-webhook`. Where a name leads to is looked at when it is delivered, each time anew. */
export function acceptWebhook(submission: WebhookSubmission | undefined, rules: WebhookRules): Webhook | undefined {
  if (submission === undefined) return undefined
  const { url: text, secret } = submission
  const urlFault = rules.urlFault(text)
  const secretFault = secret === undefined ? missingSecret(rules) : rules.secretFault(secret)
  refuseIfAny('invalid-webhook', [
    ...(urlFault === undefined ? [] : [{ pointer: '/webhook/url', detail: urlFault }]),
    ...(secretFault === undefined ? [] : [{ pointer: '/webhook/secret', detail: secretFault }]),
  ])
  const url = new URL(text)
  return { url: url.href, host: url.hostname, ...(secret !== undefined && { secret }) }
}

function missingSecret({ hasSecret }: WebhookRules): string | undefined {
  return hasSecret ? undefined : 'is required: this installation has none of its own'
}
