import type { Environment, Family } from '../environment/environment.ts'
import type { Lifecycle } from '../queue/lifecycle.ts'
import type { Limits } from '../run/limits.ts'
import type { RunEnvironment } from '../run/run.ts'
import type { ArtifactStore } from '../store/artifact-store.ts'
import type { BatchStore } from '../store/batch-store.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Hints } from '../store/hints.ts'
import type { ImageStore } from '../store/image-store.ts'
import type { KeyStore } from '../store/key-store.ts'
import type { OperationStore } from '../store/operation-store.ts'
import type { PoolStore } from '../store/pool-store.ts'
import type { RunStore } from '../store/run-store.ts'
import type { TerminalStore } from '../store/terminal-store.ts'
import type { WebhookStore } from '../store/webhook-store.ts'
import type { WorkerStore } from '../store/worker-store.ts'
import type { Observer } from '../telemetry/observer.ts'
import type { EventPages } from './event-pages.ts'
import type { Fleet } from './fleet.ts'
import type { OpenRequests } from './open-requests.ts'

/** What the API asks of the catalogue. */
export interface EnvironmentCatalogue {
  families(): readonly Family[]
  find(nameOrAlias: string): Family | undefined
  /** Whose files have it; with the dot. */
  byExtension(extension: string): Family | undefined
  /** Throws the problems `unknown-environment` and `unknown-version`. */
  resolve(request: string): readonly Environment[]
  /** Ways to the image that ran once. Throws the problem `unknown-environment`. */
  pinned(environment: RunEnvironment): readonly Environment[]
}

/** What the operator chose, as far as the API is concerned. */
export interface ApiSettings {
  /** An `api` has no worker of its own, so its readiness does not depend on any. */
  readonly role: 'all' | 'api'
  /** The address that the server listens on. */
  readonly host: string
  readonly maxRequestBytes: number
  readonly maxFiles: number
  readonly maxTests: number
  readonly ceilings: Limits
  readonly allowNetwork: boolean
  readonly webhooks: WebhookRules
}

/** Which webhooks can be taken. */
export interface WebhookRules {
  /** What is wrong with a URL, as far as it can be told now. */
  urlFault(url: string): string | undefined
  secretFault(secret: string): string | undefined
  /** The installation has one, so a webhook needs none. */
  readonly hasSecret: boolean
}

/** Everything that the HTTP API is built on. */
export interface ApiParts {
  readonly lifecycle: Pick<Lifecycle, 'submit' | 'cancel' | 'remove' | 'submitBatch' | 'cancelBatch'>
  readonly runs: Pick<RunStore, 'find' | 'list' | 'stateOf' | 'headOf'>
  readonly events: Pick<EventStore, 'read' | 'page' | 'output'>
  readonly artifacts: Pick<ArtifactStore, 'find' | 'read'>
  readonly terminals: Pick<TerminalStore, 'hold' | 'release' | 'append'>
  readonly workers: Pick<WorkerStore, 'list'>
  readonly knownPools: Pick<PoolStore, 'list'>
  readonly batches: Pick<BatchStore, 'headOf' | 'find' | 'ends'>
  readonly images: Pick<ImageStore, 'list'>
  readonly operations: Pick<OperationStore, 'create' | 'find' | 'events'>
  readonly keys: Pick<KeyStore, 'exist' | 'open' | 'create' | 'list' | 'revoke' | 'revokedOf' | 'rateOf'>
  readonly webhooks: Pick<WebhookStore, 'log'>
  readonly hints: Pick<Hints, 'subscribe'>
  readonly catalogue: EnvironmentCatalogue
  readonly observer: Observer
  /** The answer of `/metrics`. Absent: there is nothing at that address. */
  readonly metrics?: () => Promise<string>
  /** Runs that wait for a worker. */
  readonly queueDepth: () => Promise<number>
  readonly settings: ApiSettings
  /** Whoever calls has the data directory in his hands, so that a key would protect nothing: it is called in process alone. */
  readonly trusted?: boolean
  /** Of this program. */
  readonly version: string
  /** Whether `/docs` and `/openapi.json` are served. An API that is only called in process starts sooner without. */
  readonly documented: boolean
}

/** What every route has at hand. */
export interface RouteContext extends ApiParts {
  readonly openRequests: OpenRequests
  readonly fleet: Fleet
  readonly eventPages: EventPages
}
