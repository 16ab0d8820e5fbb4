import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { type LimitName, type Limits, limitNames, minimumLimits } from '../run/limits.ts'
import type { Family, Recipe } from './environment.ts'
import { InvalidFamily } from './invalid-family.ts'
import { placeholders } from './recipe.ts'
import { coerceVersion, versionRange } from './version.ts'
import { YamlMap } from './yaml-map.ts'

const familyFile = 'environment.yaml'

const knownKeys = [
  'title',
  'aliases',
  'extensions',
  'main',
  'image',
  'versions',
  'allow',
  'debian',
  'compile',
  'run',
  'env',
  'preboot',
  'limits',
  'compileLimits',
] as const

/** Names are typed by people and stand in image references, so: short, lower case, no surprises. */
const namePattern = /^[a-z][a-z0-9-]{0,39}$/
const aliasPattern = /^[a-z][a-z0-9+#-]{0,39}$/
const extensionPattern = /^\.[A-Za-z0-9_+-]{1,20}$/
const fileNamePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/
const imagePattern = /^[a-z0-9][a-z0-9._/-]*:[A-Za-z0-9._-]*\{version\}[A-Za-z0-9._-]*$/
/** What may stand in the tag of an image reference. */
const versionPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/
const variablePattern = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Reads `environment.yaml` of one environment folder. Rejects with `InvalidFamily`. */
export async function readFamily(folder: string): Promise<Family> {
  const file = join(folder, familyFile)
  const text = await readFile(file, 'utf8').catch(cause => {
    throw new InvalidFamily(file, 'the file cannot be read', { cause })
  })
  return parseFamily(resolve(folder), file, text)
}

/** `file` is only for messages. */
export function parseFamily(folder: string, file: string, text: string): Family {
  const name = basename(folder)
  if (!namePattern.test(name)) {
    throw new InvalidFamily(folder, 'the folder is the name of the environment: small letters, digits and "-"')
  }
  const yaml = YamlMap.parse(file, text)
  yaml.refuseUnknownKeys(knownKeys)
  return {
    name,
    title: titleOf(yaml, 'title'),
    aliases: yaml.has('aliases') ? matching(yaml, 'aliases', aliasPattern) : [],
    extensions: nonEmpty(yaml, 'extensions', matching(yaml, 'extensions', extensionPattern)),
    main: matchingOne(yaml, 'main', fileNamePattern),
    image: matchingOne(yaml, 'image', imagePattern),
    versions: versionsOf(yaml),
    allow: yaml.has('allow') ? rangeOf(yaml, 'allow') : undefined,
    debian: yaml.has('debian') ? debianOf(yaml.map('debian')) : undefined,
    recipe: recipeOf(yaml),
    limits: yaml.has('limits') ? limitsOf(yaml.map('limits')) : {},
    compileLimits: yaml.has('compileLimits') ? limitsOf(yaml.map('compileLimits')) : {},
    folder,
  }
}

function versionsOf(yaml: YamlMap): readonly string[] {
  const versions = nonEmpty(yaml, 'versions', matching(yaml, 'versions', versionPattern))
  const unreadable = versions.find(version => coerceVersion(version) === undefined)
  if (unreadable !== undefined) return yaml.fail('versions', `"${unreadable}" does not look like a version`)
  return versions
}

function rangeOf(yaml: YamlMap, key: string): string {
  const range = yaml.string(key)
  return versionRange(range) === undefined ? yaml.fail(key, `"${range}" is not a range of versions`) : range
}

function debianOf(yaml: YamlMap): Family['debian'] {
  yaml.refuseUnknownKeys(['version', 'versionCommand'])
  const version = matchingOne(yaml, 'version', versionPattern)
  if (coerceVersion(version) === undefined) return yaml.fail('version', `"${version}" does not look like a version`)
  return { version, versionCommand: nonEmpty(yaml, 'versionCommand', yaml.strings('versionCommand')) }
}

function recipeOf(yaml: YamlMap): Recipe {
  const compile = yaml.has('compile') ? argvOf(yaml, 'compile') : undefined
  const env = yaml.has('env') ? variablesOf(yaml.map('env')) : {}
  const preboot = yaml.has('preboot')
    ? prebootOf(yaml.map('preboot'), matchingOne(yaml, 'main', fileNamePattern))
    : undefined
  return { ...(compile && { compile }), run: argvOf(yaml, 'run'), env, ...(preboot && { preboot }) }
}

function prebootOf(yaml: YamlMap, main: string): Recipe['preboot'] {
  yaml.refuseUnknownKeys(['versions', 'without'])
  const without = yaml.has('without') ? matching(yaml, 'without', fileNamePattern) : []
  return { versions: rangeOf(yaml, 'versions'), main, without }
}

function argvOf(yaml: YamlMap, key: string): readonly string[] {
  const argv = nonEmpty(yaml, key, yaml.strings(key))
  for (const element of argv) {
    if (element === '' || element.includes('\0')) yaml.fail(key, `"${key}" has an element that is empty or has a NUL`)
    const unknown = element.match(/\{[A-Za-z]*\}/g)?.find(found => !placeholders.some(known => known === found))
    if (unknown) yaml.fail(key, `"${key}" has ${unknown}; there are ${placeholders.join(', ')}`)
    if (element.includes('{sources}') && element !== '{sources}') {
      yaml.fail(key, `{sources} becomes several elements, so it must be one of its own, not part of "${element}"`)
    }
  }
  return argv
}

function variablesOf(yaml: YamlMap): Readonly<Record<string, string>> {
  const names = yaml.keys()
  const wrong = names.find(name => !variablePattern.test(name))
  if (wrong !== undefined) return yaml.fail(wrong, `"${wrong}" cannot be the name of a variable`)
  return Object.fromEntries(names.map(name => [name, yaml.string(name)]))
}

function limitsOf(yaml: YamlMap): Partial<Limits> {
  yaml.refuseUnknownKeys(limitNames)
  const names = limitNames.filter(name => yaml.has(name))
  return Object.fromEntries(names.map(name => [name, limitOf(yaml, name)]))
}

function limitOf(yaml: YamlMap, name: LimitName): number {
  const value = yaml.integer(name)
  const minimum = minimumLimits[name]
  return value >= minimum ? value : yaml.fail(name, `"${name}" must be at least ${minimum}`)
}

function titleOf(yaml: YamlMap, key: string): string {
  return matchingOne(yaml, key, /^\P{Cc}{1,80}$/u)
}

function matchingOne(yaml: YamlMap, key: string, pattern: RegExp): string {
  const value = yaml.string(key)
  return pattern.test(value) ? value : yaml.fail(key, `"${key}" cannot be ${JSON.stringify(value)}`)
}

function matching(yaml: YamlMap, key: string, pattern: RegExp): readonly string[] {
  const values = yaml.strings(key)
  const wrong = values.find((value, index) => !pattern.test(value) || values.indexOf(value) !== index)
  if (wrong === undefined) return values
  return yaml.fail(key, `"${key}" cannot have ${JSON.stringify(wrong)}${pattern.test(wrong) ? ' twice' : ''}`)
}

function nonEmpty(yaml: YamlMap, key: string, values: readonly string[]): readonly string[] {
  return values.length > 0 ? values : yaml.fail(key, `"${key}" must not be empty`)
}
