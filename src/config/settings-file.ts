import { readFileSync, statSync } from 'node:fs'
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import type { Definition } from './definition.ts'
import { didYouMean } from './nearest.ts'
import type { RawValue, SourceValues } from './raw-value.ts'

export const settingsFileName = 'run-it.yaml'

const maxFileBytes = 1024 * 1024

/** The file's values. A missing file is a fault only when it was asked for by name. */
export function readSettingsFile(
  definitions: readonly Definition[],
  file: { readonly path: string; readonly label: string; readonly isRequired: boolean },
): SourceValues {
  try {
    if (statSync(file.path).size > maxFileBytes) throw new Error(`larger than ${maxFileBytes} bytes`)
    return parseSettings(definitions, readFileSync(file.path, 'utf8'), file.label)
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing && !file.isRequired) return { values: [], faults: [] }
    const reason = isMissing ? 'there is no such file' : error instanceof Error ? error.message : String(error)
    return { values: [], faults: [`${file.label}: ${reason}`] }
  }
}

export function parseSettings(definitions: readonly Definition[], text: string, label: string): SourceValues {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  const at = (offset: number) => `${label}:${lines.linePos(offset).line}`
  const syntax = [...document.errors, ...document.warnings]
  if (syntax.length > 0) return { values: [], faults: syntax.map(error => `${at(error.pos[0])}: ${error.message}`) }
  if (document.contents === null) return { values: [], faults: [] }
  if (!isMap(document.contents)) return { values: [], faults: [`${label}:1: must be a list of "setting: value" lines`] }

  const values: RawValue[] = []
  const faults: string[] = []
  const known = definitions.map(definition => definition.property)
  for (const { key, value } of document.contents.items) {
    const name = isScalar(key) ? String(key.value) : String(key)
    const origin = at(isScalar(key) ? (key.range?.[0] ?? 0) : 0)
    const raw = isScalar(value) ? value.value : undefined
    if (!known.includes(name)) faults.push(`${origin}: there is no setting "${name}"${didYouMean(name, known)}`)
    else if (raw === undefined || raw === null) faults.push(`${origin}: ${name} must have one value`)
    else values.push({ property: name, raw, origin })
  }
  return { values, faults }
}
