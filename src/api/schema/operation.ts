import { type Static, Type } from 'typebox'
import { ImageProgressSchema } from './event.ts'
import { reference } from './reference.ts'
import { RunSchema } from './run.ts'

const time = Type.String({ format: 'date-time' })

export const OperationSchema = Type.Object(
  {
    id: Type.String(),
    kind: Type.Literal('pull'),
    environment: Type.String({ description: 'As it was asked for.' }),
    state: Type.Enum(['queued', 'running', 'finished']),
    outcome: Type.Optional(
      Type.Union(
        [
          Type.Object({
            kind: Type.Literal('succeeded'),
            environment: Type.Object({ name: Type.String(), version: Type.String(), digest: Type.String() }),
          }),
          Type.Object({
            kind: Type.Literal('failed'),
            code: Type.Enum(['environment-unavailable', 'platform-unavailable', 'attempts-exhausted']),
            detail: Type.String(),
          }),
        ],
        { description: 'When, and only when, it is finished.' },
      ),
    ),
    keyId: RunSchema.properties.keyId,
    createdAt: time,
    startedAt: Type.Optional(time),
    finishedAt: Type.Optional(time),
  },
  { $id: 'Operation', description: 'Work of the installation that takes long.' },
)

const common = { sequence: Type.Integer(), at: time }

export const OperationEventSchema = Type.Union(
  [
    Type.Object({ ...common, type: Type.Literal('state'), state: Type.Enum(['queued', 'running']) }),
    Type.Object({ ...common, type: Type.Literal('progress'), progress: ImageProgressSchema }),
    Type.Object({ ...common, type: Type.Literal('finished'), operation: reference(OperationSchema) }),
  ],
  { $id: 'OperationEvent', description: 'What an operation tells.' },
)

export type OperationJson = Static<typeof OperationSchema>
export type OperationEventJson = Static<typeof OperationEventSchema>
