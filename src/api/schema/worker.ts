import { type Static, Type } from 'typebox'
import { reference } from './reference.ts'

export const PlatformInfoSchema = Type.Object(
  {
    name: Type.String(),
    engineVersion: Type.String(),
    apiVersion: Type.String(),
    operatingSystem: Type.String(),
    architecture: Type.String(),
    cgroupVersion: Type.String(),
    unenforced: Type.Array(Type.String(), { description: 'Limits that this engine cannot enforce.' }),
  },
  { $id: 'PlatformInfo' },
)

export const WorkerInfoSchema = Type.Object(
  {
    id: Type.String(),
    host: Type.String(),
    slots: Type.Integer(),
    busySlots: Type.Integer(),
    state: Type.Enum(['starting', 'ready', 'draining', 'platform-unavailable']),
    pools: Type.Array(Type.String(), { description: 'Whose runs it takes.' }),
    platform: Type.Optional(reference(PlatformInfoSchema)),
    platformError: Type.Optional(Type.String()),
    startedAt: Type.String({ format: 'date-time' }),
    seenAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'WorkerInfo' },
)

export const WorkerListSchema = Type.Object({ workers: Type.Array(reference(WorkerInfoSchema)) }, { $id: 'WorkerList' })

export type PlatformJson = Static<typeof PlatformInfoSchema>
export type WorkerJson = Static<typeof WorkerInfoSchema>
