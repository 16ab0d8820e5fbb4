import type { TSchema } from 'typebox'
import { type ProblemCode, problems } from '../run/problem.ts'
import { problemMediaType } from './problem-reply.ts'
import { ProblemSchema } from './schema/problem.ts'
import { schemaName } from './schema/reference.ts'

/** How an answer stands in a route's schema. Answers are described there, not checked: tests compare them instead. */
export interface AnswerDescription {
  readonly description: string
  readonly headers?: Readonly<Record<string, object>>
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
  readonly type?: 'null'
}

export function jsonAnswer(description: string, schema: TSchema, headers?: AnswerDescription['headers']) {
  return mediaAnswer(description, 'application/json', { $ref: `${schemaName(schema)}#` }, headers)
}

export function mediaAnswer(
  description: string,
  mediaType: string,
  schema: object,
  headers?: AnswerDescription['headers'],
): AnswerDescription {
  return { description, ...(headers === undefined ? {} : { headers }), content: { [mediaType]: { schema } } }
}

export function emptyAnswer(description: string): AnswerDescription {
  return { description, type: 'null' }
}

/** What any route can answer, whatever it does. */
const everywhere: readonly ProblemCode[] = ['unauthorized', 'forbidden', 'host-not-allowed', 'not-ready', 'internal']
/** What any route that changes something can answer. */
export const writingProblems: readonly ProblemCode[] = ['cross-site-request']
/** What any route with a body can answer. */
export const bodyProblems: readonly ProblemCode[] = [
  ...writingProblems,
  'invalid-request',
  'malformed-json',
  'unsupported-media-type',
  'body-too-large',
]
/** What the submission of a run can be answered with, alone or as one of many. */
export const submissionProblems: readonly ProblemCode[] = [
  ...bodyProblems,
  'unknown-environment',
  'unknown-version',
  'invalid-file',
  'invalid-test',
  'limit-out-of-range',
  'environment-not-allowed',
  'unknown-pool',
  'pool-not-allowed',
  'command-not-allowed',
  'network-not-allowed',
  'invalid-webhook',
  'idempotency-key-reused',
  'idempotency-key-spent',
  'queue-full',
  'rate-limited',
  'storage-full',
]

/** One answer for each status, which names the problems that have it. */
export function problemAnswers(...codes: readonly ProblemCode[]): Record<number, AnswerDescription> {
  const byStatus = Map.groupBy([...new Set([...codes, ...everywhere])], code => problems[code].status)
  const answers = [...byStatus].map(([status, same]) => [
    status,
    mediaAnswer(
      same.map(code => `\`${code}\`: ${problems[code].title}.`).join(' '),
      problemMediaType,
      { $ref: `${schemaName(ProblemSchema)}#` },
      same.some(code => problems[code].status === 429 || code === 'storage-full' || code === 'not-ready')
        ? { 'Retry-After': { type: 'integer', description: 'Seconds.' } }
        : undefined,
    ),
  ])
  return Object.fromEntries(answers)
}
