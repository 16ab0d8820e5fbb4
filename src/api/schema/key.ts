import { type Static, Type } from 'typebox'
import { keyScopes } from '../../run/key.ts'
import { AskedLimitsSchema } from './limits.ts'
import { PoolSchema } from './pool.ts'
import { reference } from './reference.ts'

const grant = {
  name: Type.String({ minLength: 1, maxLength: 100, description: 'For people.' }),
  maxConcurrentRuns: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100_000, description: 'Runs at the same time; further ones wait.' }),
  ),
  runsPerMinute: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Runs that it may submit in a minute.' }),
  ),
  environments: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
      minItems: 1,
      maxItems: 100,
      description: 'Environments that it may use: `python`, `go@1.19.*`. Absent: all.',
    }),
  ),
  pools: Type.Optional(
    Type.Array(PoolSchema, { minItems: 1, maxItems: 100, description: 'Pools that it may use. Absent: all.' }),
  ),
}
const ScopesSchema = Type.Array(Type.Enum([...keyScopes]), { minItems: 1, maxItems: keyScopes.length })

/** The body of `POST /v1/keys`. */
export const KeySubmissionSchema = Type.Object(
  {
    ...grant,
    scopes: Type.Optional(ScopesSchema),
    limits: Type.Optional(AskedLimitsSchema),
    network: Type.Optional(Type.Boolean({ description: 'Whether its runs may use the network. Default false.' })),
  },
  { $id: 'KeySubmission', additionalProperties: false },
)

const key = {
  id: Type.String(),
  ...grant,
  scopes: ScopesSchema,
  limits: Type.Partial(Type.Object(AskedLimitsSchema.properties), { description: 'Ceilings of its runs.' }),
  network: Type.Boolean(),
  createdAt: Type.String({ format: 'date-time' }),
  revokedAt: Type.Optional(Type.String({ format: 'date-time', description: 'From then on it opens nothing.' })),
}

export const KeySchema = Type.Object(key, { $id: 'Key', description: 'An API key, without its secret.' })

export const NewKeySchema = Type.Object(
  { ...key, secret: Type.String({ description: 'What its holder sends: `runit_…`. It is told once.' }) },
  { $id: 'NewKey' },
)

export const KeyListSchema = Type.Object(
  {
    keys: Type.Array(reference(KeySchema)),
    next: Type.Optional(Type.String({ description: 'Pass as `cursor` for the next page.' })),
  },
  { $id: 'KeyList' },
)

export type KeySubmission = Static<typeof KeySubmissionSchema>
export type KeyJson = Static<typeof KeySchema>
export type NewKeyJson = Static<typeof NewKeySchema>
export type KeyListJson = Static<typeof KeyListSchema>
