import type { Limits } from '@run-it/sdk'
import { parseBytes, parseMs } from '../config/units.ts'
import { CommandError, exitCodes } from './exit-code.ts'

const names: Readonly<Record<string, readonly [keyof Limits, (text: string) => number | undefined]>> = {
  'wall-time': ['wallTimeMs', text => parseMs(text, 's')],
  'cpu-time': ['cpuTimeMs', text => parseMs(text, 's')],
  memory: ['memoryBytes', parseBytes],
  disk: ['diskBytes', parseBytes],
  output: ['outputBytes', parseBytes],
  processes: ['processes', parseCount],
  'open-files': ['openFiles', parseCount],
}

/** `memory=512MiB` and the like. Ranges are the server's to check. */
export function keyLimits(pairs: readonly string[]): Partial<Limits> {
  return Object.fromEntries(
    pairs.map(pair => {
      const [name = '', ...value] = pair.split('=')
      const [property, parse] = names[name] ?? []
      const number = parse?.(value.join('='))
      if (property !== undefined && number !== undefined) return [property, number]
      const known = Object.keys(names).join(', ')
      throw new CommandError(
        exitCodes.usage,
        property === undefined
          ? `--limit: "${name}" is no limit; known are ${known}`
          : `--limit: "${pair}" has no value such as 10s, 512MiB or 64`,
      )
    }),
  )
}

function parseCount(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
