import { Type } from 'typebox'
import { minimumLimits } from '../../run/limits.ts'

function limit(name: keyof typeof minimumLimits, description: string) {
  // The range is checked by hand, so that a number outside it is answered with the range that this installation allows.
  return Type.Integer({ description: `${description} At least ${minimumLimits[name]}.` })
}

const limitProperties = {
  wallTimeMs: limit('wallTimeMs', 'Wall time of the stage.'),
  cpuTimeMs: limit('cpuTimeMs', "CPU time of all the stage's processes together."),
  memoryBytes: limit('memoryBytes', "Memory of all the stage's processes together, files in memory included."),
  processes: limit('processes', 'Processes and threads alive at once.'),
  openFiles: limit('openFiles', 'Open file descriptors of each process.'),
  outputBytes: limit('outputBytes', 'Bytes kept of stdout, and again of stderr; what comes after is dropped.'),
}
const diskBytes = limit('diskBytes', 'Bytes in the working folder, and again in /tmp; one value for the whole run.')

export const LimitsSchema = Type.Object(
  { ...limitProperties, diskBytes },
  { $id: 'Limits', description: 'What one stage may use.', additionalProperties: false },
)

/** Inlined where it is used, so that the validator needs to resolve no reference. */
export const AskedLimitsSchema = Type.Partial(Type.Object({ ...limitProperties, diskBytes }), {
  description: "Only what should differ from the environment's defaults.",
  additionalProperties: false,
})

export const AskedCompileLimitsSchema = Type.Partial(Type.Object(limitProperties), {
  description: "Only what should differ from the environment's defaults.",
  additionalProperties: false,
})
