/**
 * The one catalogue of what an API caller can do wrong, or what we could not do (RFC 9457).
 * `docs/problems.md` has a section for each; a test compares. `type` on the wire is `/problems/<code>`.
 */
export const problems = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'unsupported-media-type': { status: 415, title: 'The body has a media type that is not supported' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unknown-environment': { status: 422, title: 'There is no such environment' },
  'unknown-version': { status: 422, title: 'The environment has no such version' },
  'invalid-file': { status: 422, title: 'A file cannot be accepted' },
  'invalid-test': { status: 422, title: 'A test cannot be accepted' },
  'limit-out-of-range': { status: 422, title: 'A limit is out of range' },
  'environment-not-allowed': { status: 403, title: 'The key may not use this environment' },
  'unknown-pool': { status: 422, title: 'There is no such pool' },
  'pool-not-allowed': { status: 403, title: 'The key may not use this pool' },
  'command-not-allowed': { status: 422, title: 'The environment allows no commands but its own' },
  'network-not-allowed': { status: 422, title: 'Network access is not allowed' },
  'invalid-webhook': { status: 422, title: 'The webhook cannot be accepted' },
  'run-not-found': { status: 404, title: 'There is no such run' },
  'artifact-not-found': { status: 404, title: 'The run has no such artifact' },
  'batch-not-found': { status: 404, title: 'There is no such batch' },
  'web-socket-required': { status: 426, title: 'The address speaks WebSocket only' },
  'too-many-terminals': { status: 429, title: 'There are too many terminals' },
  'run-not-finished': { status: 409, title: 'The run has not finished' },
  'webhook-not-found': { status: 404, title: 'The run has no webhook' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key was used for another request' },
  'idempotency-key-spent': { status: 410, title: 'What the idempotency key made was deleted' },
  unauthorized: { status: 401, title: 'A valid API key is needed' },
  forbidden: { status: 403, title: 'The API key does not allow this' },
  'key-not-found': { status: 404, title: 'There is no such key' },
  'key-conflict': { status: 409, title: 'The other keys do not allow this' },
  'environment-not-found': { status: 404, title: 'There is no such environment' },
  'operation-not-found': { status: 404, title: 'There is no such operation' },
  'too-many-operations': { status: 429, title: 'There are too many operations' },
  'route-not-found': { status: 404, title: 'There is nothing at this address' },
  'method-not-allowed': { status: 405, title: 'The address does not know this method' },
  'host-not-allowed': { status: 421, title: 'The request was meant for another host' },
  'cross-site-request': { status: 403, title: 'The request comes from another web site' },
  'rate-limited': { status: 429, title: 'The key has submitted too many runs' },
  'queue-full': { status: 429, title: 'The queue is full' },
  'storage-full': { status: 507, title: 'There is no room for more runs' },
  'not-ready': { status: 503, title: 'The service is not ready' },
  internal: { status: 500, title: 'Something went wrong on our side' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>

export type ProblemCode = keyof typeof problems

/** One thing that is wrong, and where: `pointer` is a JSON Pointer into the body, or `?name` for a query parameter. */
export interface ProblemError {
  readonly pointer: string
  readonly detail: string
}

/** Thrown where a request is refused; rendered in one place, `src/api/problem-reply.ts`. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly errors: readonly ProblemError[]
  readonly retryAfterSeconds?: number

  constructor(
    code: ProblemCode,
    detail: string,
    options: { readonly errors?: readonly ProblemError[]; readonly retryAfterSeconds?: number } = {},
  ) {
    super(detail)
    this.code = code
    this.errors = options.errors ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
