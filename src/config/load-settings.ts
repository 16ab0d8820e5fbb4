import { resolve } from 'node:path'
import { checkValue, type SettingValue } from './check-value.ts'
import { ConfigError } from './config-error.ts'
import { defaultDataDirectory } from './data-directory.ts'
import { type Definition, definitionsOf } from './definition.ts'
import type { RawValue } from './raw-value.ts'
import { type Settings, type SettingsSchema, settingsSchema } from './settings.ts'
import { readSettingsFile, settingsFileName } from './settings-file.ts'
import { readVariables } from './variables.ts'

export interface SettingsSources {
  /** By property; a flag that was not given is absent. */
  readonly flags?: Readonly<Record<string, string | boolean | undefined>>
  readonly variables: Readonly<Record<string, string | undefined>>
  /** The current folder; relative paths start here. */
  readonly folder: string
  /** The value of `--config`. */
  readonly file?: string
  /**
   * Whether `run-it.yaml` in the current folder counts without being named. Not for commands that are run in folders of
   * somebody else's sources: a settings file there could point the engine anywhere.
   */
  readonly usesFolderFile: boolean
  readonly isTerminal: boolean
  /** A command's own defaults. */
  readonly defaults?: Partial<Settings>
}

/** Flag over variable over file over default. Throws a `ConfigError` that names everything that is wrong. */
export function loadSettings(sources: SettingsSources): Settings {
  const values = resolveValues(settingsSchema, sources, {
    dataDirectory: defaultDataDirectory(sources.variables),
    logFormat: sources.isTerminal ? 'pretty' : 'json',
    ...sources.defaults,
  })
  // Every property was checked against the schema that the type is derived from.
  const settings = values.settings as unknown as Settings
  return {
    ...settings,
    dataDirectory: resolve(sources.folder, settings.dataDirectory),
    ...(settings.environmentsDirectory && {
      environmentsDirectory: resolve(sources.folder, settings.environmentsDirectory),
    }),
    ...(settings.environments && { environments: resolve(sources.folder, settings.environments) }),
  }
}

export function resolveValues(
  schema: SettingsSchema,
  sources: Omit<SettingsSources, 'defaults'>,
  computedDefaults: Readonly<Record<string, SettingValue | undefined>> = {},
): { readonly settings: Record<string, SettingValue>; readonly origins: Record<string, string> } {
  const definitions = definitionsOf(schema)
  const file = settingsFile(definitions, sources)
  const variables = readVariables(definitions, sources.variables)
  const raws = [...file.values, ...variables.values, ...readFlags(definitions, sources.flags ?? {})]

  const settings: Record<string, SettingValue> = {}
  const origins: Record<string, string> = {}
  const faults = [...file.faults, ...variables.faults]
  for (const definition of definitions) {
    const standard = computedDefaults[definition.property] ?? definition.default
    if (standard !== undefined) settings[definition.property] = standard
    const raw = raws.findLast(candidate => candidate.property === definition.property)
    if (!raw) continue
    const checked = checkValue(definition, raw.raw)
    if ('fault' in checked) faults.push(describeFault(definition, raw, checked.fault))
    else settings[definition.property] = checked.value
    origins[definition.property] = raw.origin
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return { settings, origins }
}

function settingsFile(definitions: readonly Definition[], sources: Omit<SettingsSources, 'defaults'>) {
  const named = sources.file ?? (sources.variables.RUN_IT_CONFIG || undefined)
  if (named === undefined && !sources.usesFolderFile) return { values: [], faults: [] }
  const label = named ?? settingsFileName
  const path = resolve(sources.folder, label)
  return readSettingsFile(definitions, { path, label, isRequired: named !== undefined })
}

function readFlags(definitions: readonly Definition[], flags: NonNullable<SettingsSources['flags']>): RawValue[] {
  return definitions.flatMap(({ property, flag }) => {
    const raw = flags[property] ?? flags[flag?.slice(2) ?? property]
    return raw === undefined || flag === undefined ? [] : [{ property, raw, origin: flag }]
  })
}

function describeFault(definition: Definition, { raw, origin }: RawValue, fault: string): string {
  const name = origin.includes(':') ? `${definition.property} ` : ''
  const value = definition.fileVariable ? 'the value' : JSON.stringify(raw)
  return `${origin}: ${name}${fault}, not ${value}`
}
