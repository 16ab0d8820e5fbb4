import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { type LimitName, type Limits, limitNames, minimumLimits } from '../run/limits.ts'
import { type Architecture, architectures } from '../run/pool.ts'
import type { Family, Recipe } from './environment.ts'
import { InvalidFamily, readAll } from './invalid-family.ts'
import { placeholders } from './recipe.ts'
import { coerceVersion, versionRange } from './version.ts'
import { refuseEach, YamlMap } from './yaml-map.ts'

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
  'build',
  'architecture',
  'compile',
  'run',
  'env',
  'commands',
  'preboot',
  'limits',
  'compileLimits',
] as const

/** Names are typed by people and stand in image references, so: short, lower case, no surprises. */
export const namePattern = /^[a-z][a-z0-9-]{0,39}$/
const aliasPattern = /^[a-z][a-z0-9+#-]{0,39}$/
const extensionPattern = /^\.[A-Za-z0-9_+-]{1,20}$/
const fileNamePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/
const imagePattern = /^[a-z0-9][a-z0-9._-]*(?::\d{1,5}(?=\/))?[a-z0-9._/-]*:[A-Za-z0-9._-]*\{version\}[A-Za-z0-9._-]*$/
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
  const read = readAll({
    keys: () => yaml.refuseUnknownKeys(knownKeys),
    title: () => titleOf(yaml, 'title'),
    aliases: () => (yaml.has('aliases') ? matching(yaml, 'aliases', aliasPattern, 'short and lower case: go') : []),
    extensions: () => nonEmpty(yaml, 'extensions', matching(yaml, 'extensions', extensionPattern, 'like ".py"')),
    main: () => mainOf(yaml),
    image: () => imageOf(yaml),
    versions: () => (yaml.has('versions') || !(yaml.has('build') || isBuiltOnly(yaml)) ? versionsOf(yaml) : []),
    allow: () => (yaml.has('allow') ? rangeOf(yaml, 'allow') : undefined),
    debian: () => builtVersionOf(yaml),
    architecture: () => (yaml.has('architecture') ? architectureOf(yaml) : undefined),
    recipe: () => recipeOf(yaml),
    commands: () => (yaml.has('commands') ? yaml.boolean('commands') : true),
    limits: () => (yaml.has('limits') ? limitsOf(yaml.map('limits')) : {}),
    compileLimits: () => (yaml.has('compileLimits') ? limitsOf(yaml.map('compileLimits')) : {}),
  })
  const { keys: _, ...family } = read
  return { name, ...family, folder }
}

function mainOf(yaml: YamlMap): string {
  return matchingOne(yaml, 'main', fileNamePattern, 'a file name such as main.py')
}

function versionsOf(yaml: YamlMap): readonly string[] {
  const versions = nonEmpty(yaml, 'versions', matching(yaml, 'versions', versionPattern, 'a tag such as "3.13.9"'))
  refuseEach(versions, (version, index) => {
    if (coerceVersion(version) === undefined) {
      yaml.failAt('versions', index, `"${version}" does not look like a version such as "3.13.9"`)
    }
  })
  return versions
}

function architectureOf(yaml: YamlMap): Architecture {
  const given = yaml.string('architecture')
  const known = architectures.find(architecture => architecture === given)
  return known ?? yaml.fail('architecture', `"${given}" is no architecture; there are ${architectures.join(', ')}`)
}

function rangeOf(yaml: YamlMap, key: string): string {
  const range = yaml.string(key)
  return versionRange(range) === undefined
    ? yaml.fail(key, `"${range}" is not a range of versions such as ">=3.6"`)
    : range
}

function imageOf(yaml: YamlMap): string | undefined {
  if (!isBuiltOnly(yaml))
    return matchingOne(yaml, 'image', imagePattern, 'an image with {version} in its tag: python:{version}-slim')
  const alone = ['versions', 'allow'].find(key => yaml.has(key))
  return alone === undefined ? undefined : yaml.fail(alone, `"${alone}" speaks of those of "image", which is missing`)
}

/** Then the Dockerfile alone says what the environment is: an operator's, or ours where no registry has an image. */
function isBuiltOnly(yaml: YamlMap): boolean {
  return !yaml.has('image') && (yaml.has('build') || yaml.has('debian'))
}

/** `debian` is what our Dockerfiles give, `build` what an operator's does. */
function builtVersionOf(yaml: YamlMap): Family['debian'] {
  if (yaml.has('debian') && yaml.has('build'))
    return yaml.fail('build', 'there are "debian" and "build"; keep one of them')
  if (yaml.has('debian')) return debianOf(yaml.map('debian'))
  return yaml.has('build') ? debianOf(yaml.map('build'), true) : undefined
}

function debianOf(yaml: YamlMap, isCommandOptional = false): Family['debian'] {
  const { version, versionCommand } = readAll({
    keys: () => yaml.refuseUnknownKeys(['version', 'versionCommand']),
    version: () => {
      const version = matchingOne(yaml, 'version', versionPattern, 'a version such as "3.11.2"')
      if (coerceVersion(version) !== undefined) return version
      return yaml.fail('version', `"${version}" does not look like a version such as "3.11.2"`)
    },
    versionCommand: () =>
      isCommandOptional && !yaml.has('versionCommand')
        ? undefined
        : nonEmpty(yaml, 'versionCommand', yaml.strings('versionCommand')),
  })
  return { version, ...(versionCommand && { versionCommand }) }
}

function recipeOf(yaml: YamlMap): Recipe {
  const { compile, run, env, preboot } = readAll({
    compile: () => (yaml.has('compile') ? argvOf(yaml, 'compile') : undefined),
    run: () => argvOf(yaml, 'run'),
    env: () => (yaml.has('env') ? variablesOf(yaml.map('env')) : {}),
    preboot: () => (yaml.has('preboot') ? prebootOf(yaml.map('preboot'), mainOf(yaml)) : undefined),
  })
  return { ...(compile && { compile }), run, env, ...(preboot && { preboot }) }
}

function prebootOf(yaml: YamlMap, main: string): Recipe['preboot'] {
  const { versions, without } = readAll({
    keys: () => yaml.refuseUnknownKeys(['versions', 'without']),
    versions: () => rangeOf(yaml, 'versions'),
    without: () => (yaml.has('without') ? matching(yaml, 'without', fileNamePattern, 'a file name') : []),
  })
  return { versions, main, without }
}

function argvOf(yaml: YamlMap, key: string): readonly string[] {
  const argv = nonEmpty(yaml, key, yaml.strings(key))
  refuseEach(argv, (element, index) => {
    const fault = elementFault(key, element)
    if (fault !== undefined) yaml.failAt(key, index, fault)
  })
  return argv
}

function elementFault(key: string, element: string): string | undefined {
  if (element === '' || element.includes('\0')) return `"${key}" has an element that is empty or has a NUL`
  const unknown = element.match(/\{[A-Za-z]*\}/g)?.find(found => !placeholders.some(known => known === found))
  if (unknown) return `"${key}" has ${unknown}; there are ${placeholders.join(', ')}`
  const several = ['{sources}', '{others}'].find(placeholder => element.includes(placeholder))
  return several !== undefined && element !== several
    ? `${several} becomes several elements, so it must be one of its own, not part of "${element}"`
    : undefined
}

function variablesOf(yaml: YamlMap): Readonly<Record<string, string>> {
  const names = yaml.keys()
  refuseEach(names, name => {
    if (!variablePattern.test(name)) {
      yaml.fail(name, `"${name}" cannot be the name of a variable: letters, digits and underscores`)
    }
    yaml.string(name)
  })
  return Object.fromEntries(names.map(name => [name, yaml.string(name)]))
}

function limitsOf(yaml: YamlMap): Partial<Limits> {
  const names = limitNames.filter(name => yaml.has(name))
  const readers = names.map(name => [name, () => limitOf(yaml, name)] as const)
  // What is not a limit is no key of it.
  const { keys: _, ...limits } = readAll({
    ...Object.fromEntries(readers),
    keys: () => yaml.refuseUnknownKeys(limitNames),
  })
  return limits as Partial<Limits>
}

function limitOf(yaml: YamlMap, name: LimitName): number {
  const value = yaml.integer(name)
  const minimum = minimumLimits[name]
  return value >= minimum ? value : yaml.fail(name, `"${name}" must be at least ${minimum}`)
}

function titleOf(yaml: YamlMap, key: string): string {
  return matchingOne(yaml, key, /^\P{Cc}{1,80}$/u, 'a line of at most 80 characters')
}

/** `right` says what would be. */
function matchingOne(yaml: YamlMap, key: string, pattern: RegExp, right: string): string {
  const value = yaml.string(key)
  return pattern.test(value)
    ? value
    : yaml.fail(key, `"${key}" cannot be ${JSON.stringify(value)}; it must be ${right}`)
}

function matching(yaml: YamlMap, key: string, pattern: RegExp, right: string): readonly string[] {
  const values = yaml.strings(key)
  refuseEach(values, (value, index) => {
    if (!pattern.test(value)) {
      yaml.failAt(key, index, `"${key}" cannot have ${JSON.stringify(value)}; each must be ${right}`)
    }
    if (values.indexOf(value) !== index) yaml.failAt(key, index, `"${key}" cannot have ${JSON.stringify(value)} twice`)
  })
  return values
}

function nonEmpty(yaml: YamlMap, key: string, values: readonly string[]): readonly string[] {
  return values.length > 0 ? values : yaml.fail(key, `"${key}" must not be empty`)
}
