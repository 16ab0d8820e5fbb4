import { type Static, Type } from 'typebox'
import { LimitsSchema } from './limits.ts'
import { reference } from './reference.ts'

const ReadyImageSchema = Type.Object({
  version: Type.String(),
  digest: Type.String(),
  sizeBytes: Type.Optional(
    Type.Integer({ description: "What it takes on the engine's disk, what it shares with others included." }),
  ),
  lastUsedAt: Type.Optional(
    Type.String({ format: 'date-time', description: 'By a run; to the minute. For administrators.' }),
  ),
})

export const EnvironmentInfoSchema = Type.Object(
  {
    name: Type.String(),
    title: Type.String(),
    aliases: Type.Array(Type.String()),
    extensions: Type.Array(Type.String(), { description: 'Of files that are taken to be for it.' }),
    main: Type.String({ description: 'The file name that a nameless source gets.' }),
    versions: Type.Array(Type.String(), { description: 'Exact versions, the default first.' }),
    allow: Type.Optional(Type.String({ description: 'A range of further versions that may be asked for.' })),
    ready: Type.Array(ReadyImageSchema, {
      description: 'Versions whose image is present on some worker: they start at once.',
    }),
    commands: Type.Boolean({ description: 'Whether a run may bring commands of its own.' }),
    limits: reference(LimitsSchema),
    compileLimits: Type.Optional(reference(LimitsSchema)),
  },
  { $id: 'EnvironmentInfo' },
)

export const EnvironmentListSchema = Type.Object(
  { environments: Type.Array(reference(EnvironmentInfoSchema)) },
  { $id: 'EnvironmentList' },
)

export type EnvironmentJson = Static<typeof EnvironmentInfoSchema>
