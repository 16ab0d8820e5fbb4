import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Problem, problems } from '../run/problem.ts'
import { StoreError } from '../store/store-error.ts'
import type { ProblemJson } from './schema/problem.ts'

export const problemMediaType = 'application/problem+json'

/** What Fastify refuses by itself, in our words. Anything else below 500 is an invalid request. */
const frameworkProblems: Readonly<Record<string, (error: FastifyError) => Problem>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new Problem('unsupported-media-type', 'The body must be JSON, and Content-Type must say application/json.'),
  FST_ERR_BAD_URL: () => new Problem('invalid-request', 'The address is not a valid one.'),
  FST_ERR_MAX_PARAM_LENGTH: () => new Problem('invalid-request', 'A part of the address is too long.'),
  FST_ERR_CTP_BODY_TOO_LARGE: () => new Problem('body-too-large', 'The body is larger than this installation accepts.'),
}

/** Renders whatever was thrown. A stack goes to the log, never to the client. */
export function replyWithError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.raw.errored !== null || reply.raw.destroyed) {
    // Who asked is gone: there is nobody to answer, and nothing went wrong on our side.
    request.log.debug({ err: error, method: request.method, url: request.url }, 'client went away')
    return reply.hijack()
  }
  const problem = toProblem(error)
  if (problems[problem.code].status >= 500 && !(error instanceof Problem)) {
    request.log.error({ err: error, method: request.method, url: request.url }, 'request failed')
  }
  return replyWithProblem(problem, reply)
}

export function replyWithProblem(problem: Problem, reply: FastifyReply, extensions: object = {}): FastifyReply {
  if (problem.retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(Math.max(1, Math.ceil(problem.retryAfterSeconds))))
  }
  const body = { ...problemBody(problem), ...extensions }
  // As bytes, because Fastify would give a text a charset, which JSON does not have.
  return reply
    .code(body.status)
    .type(problemMediaType)
    .send(Buffer.from(JSON.stringify(body)))
}

export function problemBody(problem: Problem): ProblemJson {
  const { status, title } = problems[problem.code]
  return {
    type: `/problems/${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    ...(problem.errors.length === 0 ? {} : { errors: problem.errors.map(error => ({ ...error })) }),
  }
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) {
    return error
  }
  if (error instanceof StoreError && error.code === 'disk-full') {
    return new Problem('storage-full', 'There is no room left for the database.', { retryAfterSeconds: 60 })
  }
  if (error instanceof StoreError && error.code === 'unavailable') {
    return new Problem('not-ready', 'The database does not answer.', { retryAfterSeconds: 2 })
  }
  if (!isFastifyError(error) || error.statusCode === undefined || error.statusCode >= 500) {
    return new Problem('internal', 'The request failed on our side. The log of the server says more.')
  }
  return frameworkProblems[error.code]?.(error) ?? new Problem('invalid-request', sentence(error.message))
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('FST_')
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}
