import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { type BatchId, isBatchId } from '../../run/batch.ts'
import { isRunId } from '../../run/id.ts'
import { isKeyId, type KeyId } from '../../run/key.ts'
import { outcomeKinds } from '../../run/outcome.ts'
import type { Problem } from '../../run/problem.ts'
import { runStates } from '../../run/run.ts'
import type { RunFilter } from '../../store/run-store.ts'
import { jsonAnswer, problemAnswers } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { onlyOwner } from '../caller.ts'
import { refusal } from '../refuse.ts'
import { runJson } from '../run-json.ts'
import { type RunListJson, RunListSchema } from '../schema/run.ts'

export const RunListQuerySchema = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'Runs of one page.' })),
    cursor: Type.Optional(Type.String({ description: 'The `next` of the page before.' })),
    state: Type.Optional(Type.Enum([...runStates])),
    outcome: Type.Optional(Type.Enum([...outcomeKinds])),
    environment: Type.Optional(Type.String({ maxLength: 200, description: "A family's name or alias." })),
    batch: Type.Optional(Type.String({ maxLength: 100, description: 'The id of the batch that they are of.' })),
    key: Type.Optional(Type.String({ maxLength: 100, description: 'The id of the key that owns them.' })),
    label: Type.Optional(Type.String({ maxLength: 400, description: '`name:value` or `name=value`.' })),
  },
  { additionalProperties: false },
)
type Query = Static<typeof RunListQuerySchema>

export function listRuns(app: FastifyInstance, context: RouteContext): void {
  app.get<{ Querystring: Query }>(
    '/v1/runs',
    {
      schema: {
        operationId: 'listRuns',
        tags: ['runs'],
        summary: 'Runs, newest first',
        querystring: RunListQuerySchema,
        response: { 200: jsonAnswer('One page of runs.', RunListSchema), ...problemAnswers('invalid-request') },
      },
    },
    async (request): Promise<RunListJson> => {
      const { limit = 20, cursor } = request.query
      if (cursor !== undefined && !isRunId(cursor)) {
        throw badQuery('cursor', 'must be the next of another page')
      }
      const keyId = onlyOwner(request.caller) ?? askedKey(request.query)
      const page = await context.runs.list(
        { ...filterOf(request.query, context), keyId, batchId: askedBatch(request.query) },
        { limit, after: cursor },
      )
      const runs = page.runs.map(async run => ({ ...runJson(run), ...(await context.fleet.remarkOn(run)) }))
      return { runs: await Promise.all(runs), next: page.next }
    },
  )
}

function filterOf({ state, outcome, environment, label }: Query, { catalogue }: RouteContext): RunFilter {
  return {
    state,
    outcome,
    environment: environment === undefined ? undefined : (catalogue.find(environment)?.name ?? environment),
    label: label === undefined ? undefined : labelOf(label),
  }
}

/** Whoever sees only his own runs gets no others for asking: his key is all that counts. */
function askedKey({ key }: Query): KeyId | undefined {
  if (key !== undefined && !isKeyId(key)) throw badQuery('key', 'must be the id of a key')
  return key
}

function askedBatch({ batch }: Query): BatchId | undefined {
  if (batch !== undefined && !isBatchId(batch)) throw badQuery('batch', 'must be the id of a batch')
  return batch
}

function labelOf(text: string): { readonly name: string; readonly value: string } {
  // Neither can be in a name, so both can be understood.
  const end = text.search(/[:=]/)
  if (end < 1) {
    throw badQuery('label', 'must be a name, a colon or equals sign, and a value')
  }
  return { name: text.slice(0, end), value: text.slice(end + 1) }
}

function badQuery(name: string, detail: string): Problem {
  return refusal('invalid-request', [{ pointer: `?${name}`, detail }])
}
