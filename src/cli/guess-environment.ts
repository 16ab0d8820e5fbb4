import { posix } from 'node:path'
import type { EnvironmentInfo } from '@run-it/sdk'
import { CommandError, exitCodes } from './exit-code.ts'

/** The environment of the file that is to run, by its extension; of a folder, by the first file that has a known one. */
export function guessEnvironment(
  environments: readonly EnvironmentInfo[],
  files: { readonly main?: string; readonly paths: readonly string[] },
): string {
  const byExtension = (path: string) => {
    const extension = posix.extname(path).toLowerCase()
    return environments.find(({ extensions }) => extensions.some(known => known.toLowerCase() === extension))
  }
  if (files.main !== undefined) {
    const found = byExtension(files.main)
    if (found) return found.name
    throw unknown(environments, `the environment of ${files.main} cannot be guessed`)
  }
  const byMain = environments.filter(environment => files.paths.includes(environment.main))
  const found = byMain.length === 1 ? byMain[0] : files.paths.map(byExtension).find(environment => environment)
  if (found) return found.name
  throw unknown(environments, 'none of the files tells the environment')
}

function unknown(environments: readonly EnvironmentInfo[], reason: string): CommandError {
  const names = environments.map(environment => environment.name).join(', ')
  return new CommandError(exitCodes.usage, `${reason}: name it with --env, one of ${names}`)
}
