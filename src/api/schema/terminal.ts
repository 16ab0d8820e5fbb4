import { type Static, Type } from 'typebox'
import { maxTerminalSize, signalNames } from '../../run/terminal.ts'

const closed = { additionalProperties: false } as const

export const columnsSchema = Type.Integer({ minimum: 1, maximum: maxTerminalSize })
export const rowsSchema = Type.Integer({ minimum: 1, maximum: maxTerminalSize })

/** What a client says over `GET /v1/runs/{id}/terminal`, one message each, as text. */
export const TerminalMessageSchema = Type.Union(
  [
    Type.Object(
      {
        type: Type.Literal('stdin'),
        content: Type.String(),
        encoding: Type.Optional(Type.Enum(['utf8', 'base64'])),
      },
      closed,
    ),
    Type.Object({ type: Type.Literal('end') }, closed),
    Type.Object({ type: Type.Literal('signal'), signal: Type.Enum([...signalNames]) }, closed),
    Type.Object({ type: Type.Literal('resize'), columns: columnsSchema, rows: rowsSchema }, closed),
  ],
  { $id: 'TerminalMessage', description: 'What a client of a terminal says.' },
)

/** What a terminal says besides the run's events. */
export const TerminalNoticeSchema = Type.Union(
  [
    Type.Object({ type: Type.Literal('role'), role: Type.Enum(['writer', 'watcher']) }),
    Type.Object({
      type: Type.Literal('error'),
      code: Type.Enum(['invalid-message', 'not-writer', 'not-interactive']),
      detail: Type.String(),
    }),
  ],
  { $id: 'TerminalNotice', description: 'What a terminal says, besides the events of the run.' },
)

export type TerminalMessageJson = Static<typeof TerminalMessageSchema>
export type TerminalNoticeJson = Static<typeof TerminalNoticeSchema>
