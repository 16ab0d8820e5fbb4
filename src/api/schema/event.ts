import { type Static, Type } from 'typebox'
import { reference } from './reference.ts'
import { OutputStreamSchema, RunSchema, StageNameSchema, StageSchema } from './run.ts'

const common = { sequence: Type.Integer(), attempt: Type.Integer(), at: Type.String({ format: 'date-time' }) }

export const ImageProgressSchema = Type.Object({
  phase: Type.Enum(['pull', 'build']),
  message: Type.String(),
  currentBytes: Type.Optional(Type.Number()),
  totalBytes: Type.Optional(Type.Number()),
})

/** `sequence` is the event's id and `type` its name; they stand in the data as well. */
export const RunEventSchema = Type.Union(
  [
    Type.Object({ ...common, type: Type.Literal('state'), state: Type.Enum(['queued', 'preparing', 'running']) }),
    Type.Object({ ...common, type: Type.Literal('progress'), progress: ImageProgressSchema }),
    Type.Object({
      ...common,
      type: Type.Literal('output'),
      stage: StageNameSchema,
      test: Type.Optional(Type.Integer({ description: 'The index of the test that wrote it.' })),
      stream: OutputStreamSchema,
      content: Type.String(),
      encoding: Type.Enum(['utf8', 'base64']),
    }),
    Type.Object({ ...common, type: Type.Literal('stage'), stage: reference(StageSchema) }),
    Type.Object({ ...common, type: Type.Literal('finished'), run: reference(RunSchema) }),
  ],
  { $id: 'RunEvent', description: 'The data of one server-sent event.' },
)

export type RunEventJson = Static<typeof RunEventSchema>
