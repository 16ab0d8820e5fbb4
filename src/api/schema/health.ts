import { type Static, Type } from 'typebox'

const CheckSchema = Type.Object({
  name: Type.Enum(['database', 'worker', 'platform']),
  ok: Type.Boolean(),
  detail: Type.Optional(Type.String({ description: 'What is wrong.' })),
})

export const LivenessSchema = Type.Object({ alive: Type.Boolean() }, { $id: 'Liveness' })

export const ReadinessSchema = Type.Object(
  {
    ready: Type.Boolean(),
    checks: Type.Array(CheckSchema),
    queuedRuns: Type.Optional(Type.Integer({ description: 'Runs that wait for a worker.' })),
  },
  { $id: 'Readiness' },
)

export type CheckJson = Static<typeof CheckSchema>
export type ReadinessJson = Static<typeof ReadinessSchema>
