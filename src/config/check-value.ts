import type { Definition } from './definition.ts'
import { formatBytes, formatMs, parseBytes, parseMs } from './units.ts'

export type SettingValue = string | number | boolean

export type Checked = { readonly value: SettingValue } | { readonly fault: string }

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
}

/** Turns what stood in a flag, a variable or the file into the setting's value. Text is read; other types must fit as they are. */
export function checkValue(definition: Definition, raw: unknown): Checked {
  switch (definition.type) {
    case 'boolean': {
      const value = typeof raw === 'string' ? truths[raw.trim().toLowerCase()] : raw
      return typeof value === 'boolean' ? { value } : { fault: 'must be true or false' }
    }
    case 'integer':
    case 'number':
      return checkNumber(definition, raw)
    case 'string':
      return checkString(definition, raw)
  }
}

function checkNumber(definition: Definition, raw: unknown): Checked {
  const value = typeof raw === 'string' ? parseNumber(definition, raw) : raw
  const isNumber = typeof value === 'number' && Number.isFinite(value)
  if (!isNumber || (definition.type === 'integer' && !Number.isSafeInteger(value))) {
    return { fault: `must be ${expectation(definition)}` }
  }
  const { minimum = -Infinity, maximum = Infinity } = definition
  if (value < minimum) return { fault: `must be at least ${formatValue(definition, minimum)}` }
  if (value > maximum) return { fault: `must be at most ${formatValue(definition, maximum)}` }
  return { value }
}

function parseNumber(definition: Definition, text: string): number | undefined {
  if (definition.unit === 'bytes') return parseBytes(text)
  if (definition.unit === 'ms') return parseMs(text)
  return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined
}

function expectation(definition: Definition): string {
  if (definition.unit === 'bytes') return 'a size such as 256MiB, 1g, or a number of bytes'
  if (definition.unit === 'ms') return 'a time such as 10s, 500ms, or a number of milliseconds'
  return definition.type === 'integer' ? 'a whole number' : 'a number'
}

function checkString(definition: Definition, raw: unknown): Checked {
  const { choices, minLength = 0, pattern, patternText } = definition
  if (choices && !choices.includes(String(raw))) return { fault: `must be ${listChoices(choices)}` }
  if (typeof raw !== 'string') return { fault: 'must be text' }
  if (raw.length < minLength) return { fault: 'must not be empty' }
  if (raw.includes('\0')) return { fault: 'must not contain NUL' }
  if (pattern && !new RegExp(pattern).test(raw)) return { fault: `must be ${patternText ?? `like ${pattern}`}` }
  return { value: raw }
}

export function listChoices(choices: readonly string[]): string {
  return choices.length < 2 ? choices.join() : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`
}

/** A value with its unit, for people. */
export function formatValue(definition: Pick<Definition, 'unit'>, value: SettingValue): string {
  if (typeof value !== 'number') return String(value)
  if (definition.unit === 'bytes') return formatBytes(value)
  return definition.unit === 'ms' ? formatMs(value) : String(value)
}
