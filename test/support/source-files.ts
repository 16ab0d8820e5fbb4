import { globSync } from 'node:fs'
import { join } from 'node:path'

/** The repository's folder. */
export const repository = join(import.meta.dirname, '../..')

/** All TypeScript files in these folders, as sorted paths from the repository's folder. */
export function sourceFiles(folders: readonly string[]): readonly string[] {
  return folders.flatMap(folder => globSync(`${folder}/**/*.ts`, { cwd: repository })).toSorted()
}
