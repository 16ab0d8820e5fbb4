import type { WebhookRules } from './api/api-parts.ts'
import { runJson, runJsonWithOutput } from './api/run-json.ts'
import { ConfigError } from './config/config-error.ts'
import type { Settings } from './config/settings.ts'
import type { Database } from './store/database.ts'
import { EventStore } from './store/event-store.ts'
import { OperationStore } from './store/operation-store.ts'
import { Retention } from './store/retention.ts'
import { RunStore } from './store/run-store.ts'
import { WebhookStore } from './store/webhook-store.ts'
import type { Observer } from './telemetry/observer.ts'
import { Deliverer } from './webhook/deliverer.ts'
import { secretFault } from './webhook/sign-delivery.ts'
import { TargetPolicy } from './webhook/target-policy.ts'
import { webhookPayload } from './webhook/webhook-payload.ts'

/** What goes on beside the API and the worker, in a process that has the whole database. */
export interface Background {
  readonly retention: Retention
  readonly deliverer: Deliverer
}

export async function createBackground(
  settings: Settings,
  observer: Observer,
  given: { readonly database: Database; readonly version: string },
): Promise<Background> {
  const { database, version } = given
  const webhooks = new WebhookStore(database)
  // Where the database has one process, whoever held these is dead.
  if (!database.isShared) await Promise.all([webhooks.recover(new Date()), new OperationStore(database).recover()])
  const retention = new Retention({
    database,
    keepRunsMs: settings.keepRunsMs,
    keepIdempotencyKeysMs: settings.keepIdempotencyKeysMs,
    maxDataBytes: settings.maxDataBytes,
    onDeleted: (runs, why) => observer.log.info({ runs, why }, 'finished runs were deleted'),
    onError: error => observer.log.error({ err: error }, 'finished runs could not be deleted'),
  })
  const [runs, events] = [new RunStore(database), new EventStore(database)]
  const rendering = {
    plain: runJson,
    withOutput: (run: Parameters<typeof runJson>[0]) => runJsonWithOutput(run, events),
  }
  const deliverer = new Deliverer({
    store: webhooks,
    hints: database.hints,
    observer,
    policy: targetPolicy(settings),
    payload: async id => {
      const run = await runs.find(id)
      return run && (await webhookPayload(run, rendering))
    },
    secret: settings.webhookSecret,
    maxAttempts: settings.webhookAttempts,
    firstRetryMs: settings.webhookRetryMs,
    userAgent: `run-it/${version}`,
  })
  return { retention, deliverer }
}

export function webhookRules(settings: Settings): WebhookRules {
  const policy = targetPolicy(settings)
  const hasSecret = settings.webhookSecret !== undefined
  return { urlFault: url => policy.fault(url), secretFault, hasSecret }
}

function targetPolicy({ allowWebhookTo = '' }: Settings): TargetPolicy {
  try {
    return TargetPolicy.parse(allowWebhookTo)
  } catch (error) {
    throw new ConfigError([`allowWebhookTo: ${error instanceof Error ? error.message : error}`])
  }
}
