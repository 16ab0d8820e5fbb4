import { readFileSync, statSync } from 'node:fs'
import { type Definition, variablePrefix } from './definition.ts'
import { didYouMean } from './nearest.ts'
import type { RawValue, SourceValues } from './raw-value.ts'

/** Variables with our prefix that are not settings. */
export const otherVariables: Readonly<Record<string, string>> = {
  RUN_IT_CONFIG: 'The settings file, as `--config`.',
  RUN_IT_SERVER: "Where the client commands' server is, as `--server`.",
  RUN_IT_KEY: 'The API key that the client commands send.',
  RUN_IT_KEY_FILE: 'A file with that key.',
}

/** A secret is a line, not a document. */
const maxSecretBytes = 64 * 1024

/** An empty variable counts as not set, as everywhere in POSIX: that is how a service file switches one off. */
export function readVariables(
  definitions: readonly Definition[],
  variables: Readonly<Record<string, string | undefined>>,
): SourceValues {
  const values: RawValue[] = []
  const faults: string[] = []
  for (const { property, variable, fileVariable, alias } of definitions) {
    const isAlias = alias !== undefined && !variables[variable] && !(fileVariable && variables[fileVariable])
    const name = isAlias ? alias : variable
    const fileName = fileVariable && (isAlias ? `${alias}_FILE` : fileVariable)
    const raw = variables[name]
    const file = fileName && variables[fileName]
    if (raw && file) faults.push(`${name} and ${fileName} are both set; set one of them`)
    else if (raw) values.push({ property, raw, origin: name })
    else if (file) readSecret({ property, variable: fileName, file }, values, faults)
  }
  faults.push(...unknownVariables(definitions, variables))
  return { values, faults }
}

function readSecret(
  secret: { readonly property: string; readonly variable: string; readonly file: string },
  values: RawValue[],
  faults: string[],
): void {
  try {
    if (statSync(secret.file).size > maxSecretBytes) throw new Error(`larger than ${maxSecretBytes} bytes`)
    const raw = readFileSync(secret.file, 'utf8').replace(/\r?\n$/, '')
    values.push({ property: secret.property, raw, origin: secret.variable })
  } catch (error) {
    faults.push(`${secret.variable}: cannot read ${secret.file}: ${error instanceof Error ? error.message : error}`)
  }
}

function unknownVariables(
  definitions: readonly Definition[],
  variables: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const known = [
    ...definitions.flatMap(definition => [definition.variable, definition.fileVariable ?? definition.variable]),
    ...Object.keys(otherVariables),
  ]
  return Object.keys(variables)
    .filter(name => name.startsWith(variablePrefix) && !known.includes(name))
    .map(name => `there is no variable ${name}${didYouMean(name, known)}`)
}
