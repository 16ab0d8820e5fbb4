import { type Definition, definitionsOf } from '../src/config/definition.ts'
import { settingsSchema } from '../src/config/settings.ts'

/** How a server is set to start programs. */
export interface Mode {
  readonly name: 'cold' | 'warm' | 'prebooted'
  /** Of `run-it serve`. */
  readonly flags: readonly string[]
}

type Setting = Pick<Definition, 'property' | 'flag' | 'type'>

/**
 * The ways in which a server with these settings can start a program: cold always, the others where a setting can turn them off. The last
 * one is what a server does that was told nothing.
 */
export function availableModes(
  settings: readonly Setting[] = definitionsOf(settingsSchema),
): readonly [Mode, ...(readonly Mode[])] {
  const memory = settings.find(({ property }) => property.startsWith('warmMemory'))
  const preboot = settings.find(({ property, type }) => property === 'preboot' && type === 'boolean')
  if (memory?.flag === undefined) return [{ name: 'cold', flags: [] }]
  const cold = { name: 'cold', flags: [memory.flag, '0'] } as const
  if (preboot?.flag === undefined) return [cold, { name: 'warm', flags: [] }]
  const warm = { name: 'warm', flags: [preboot.flag.replace('--', '--no-')] } as const
  return [cold, warm, { name: 'prebooted', flags: [] }]
}

/** What the installation does by itself. */
export function usualMode(modes: readonly [Mode, ...(readonly Mode[])] = availableModes()): Mode {
  return modes.at(-1) ?? modes[0]
}
