import { Batches } from './batches.ts'
import { type ClientOptions, Connection } from './connection.ts'
import { Environments, Health } from './installation.ts'
import { Keys } from './keys.ts'
import { Operations } from './operations.ts'
import { type CallOptions, Runs } from './runs.ts'
import type { PlatformInfo, WorkerInfo } from './worker-shapes.ts'

/** A client of one run-it server. Needs `fetch` only: it works in Node and in browsers. */
export class RunItClient {
  readonly runs: Runs
  readonly environments: Environments
  readonly health: Health
  readonly keys: Keys
  readonly batches: Batches
  readonly operations: Operations
  readonly #connection: Connection

  constructor(options: ClientOptions = {}) {
    this.#connection = new Connection(options)
    this.runs = new Runs(this.#connection)
    this.environments = new Environments(this.#connection)
    this.health = new Health(this.#connection)
    this.keys = new Keys(this.#connection)
    this.batches = new Batches(this.#connection)
    this.operations = new Operations(this.#connection)
  }

  get baseUrl(): string {
    return this.#connection.baseUrl
  }

  /** The engine that runs the containers. */
  platform(options: CallOptions = {}): Promise<PlatformInfo> {
    return this.#connection.json('/v1/platform', options)
  }

  async workers(options: CallOptions = {}): Promise<WorkerInfo[]> {
    const { workers } = await this.#connection.json<{ workers: WorkerInfo[] }>('/v1/workers', options)
    return workers
  }
}

export { decodeBytes, encodeBytes } from './bytes.ts'
export type { ClientOptions } from './connection.ts'
export { RunItConnectionError, RunItError } from './error.ts'
export type { FollowOptions } from './follow.ts'
export type { Readiness } from './installation.ts'
export type { Key, KeyList, KeySubmission, NewKey } from './key-shapes.ts'
export type { Operation, OperationEvent } from './operation-shapes.ts'
export type { CallOptions, OutputOptions, RunFilter, SubmitOptions, WaitOptions } from './runs.ts'
export type { Terminal, TerminalOptions } from './terminal.ts'
export type { SignalName, TerminalMessage, TerminalNotice } from './terminal-messages.ts'
export type { Checker, TestResult, TestSubmission, TestSummary, Verdict } from './test-shapes.ts'
export type {
  Architecture,
  Artifact,
  ArtifactOmission,
  Batch,
  BatchEvent,
  BatchSubmission,
  Encoding,
  EnvironmentInfo,
  ImageProgress,
  Limits,
  OutputStream,
  ProblemBody,
  RerunChanges,
  Run,
  RunEvent,
  RunFile,
  RunList,
  RunOutcome,
  RunState,
  RunSubmission,
  Stage,
  StageName,
  StageOutcome,
  StageOutput,
  Usage,
  Waiting,
} from './types.ts'
export { type VerifyWebhookOptions, verifyWebhook, WebhookVerificationError } from './verify-webhook.ts'
export type { OpenWebSocket, WebSocketLike } from './web-socket.ts'
export type { WebhookLog, WebhookMessage } from './webhook.ts'
export type { PlatformInfo, WorkerInfo } from './worker-shapes.ts'
