import { type Static, Type } from 'typebox'

export const EncodingSchema = Type.Enum(['utf8', 'base64'], { description: 'How the bytes stand in `content`.' })

export const FileSchema = Type.Object(
  {
    path: Type.String({ description: 'Relative to the working folder, with `/` between its parts.' }),
    content: Type.String(),
    encoding: Type.Optional(EncodingSchema),
  },
  { additionalProperties: false },
)

/** Bytes, most often text. */
export const BytesSchema = Type.Union(
  [Type.String(), Type.Object({ content: Type.String(), encoding: EncodingSchema }, { additionalProperties: false })],
  { description: 'must be a string, or an object with content and encoding (utf8 or base64)' },
)

export type BytesSubmission = Static<typeof BytesSchema>
