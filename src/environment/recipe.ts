/**
 * What may stand in a recipe's argv.
 * - `{main}`: the main file. It may be part of an element.
 * - `{folder}`: the main file's folder as compilers want it, `.` or `./cmd/app`. It may be part of an element.
 * - `{sources}`: all of the run's files with one of the family's extensions, the main file first. It is an element of its own and
 *   becomes several.
 */
export const placeholders = ['{main}', '{folder}', '{sources}'] as const

export interface RecipeFiles {
  readonly main: string
  /** The paths of all the run's files. */
  readonly files: readonly string[]
  /** With the dot: `.py`. */
  readonly extensions: readonly string[]
  /** What the client passes to the program; appended. */
  readonly args: readonly string[]
}

/** A stage's argv: the recipe's, with the run's files in place. Nothing of a client's can become an option of a compiler. */
export function stageArgv(argv: readonly string[], { main, files, extensions, args }: RecipeFiles): readonly string[] {
  const expanded = argv.flatMap(element => {
    if (element === '{sources}') return sourcePaths(main, files, extensions).map(plainPath)
    // One pass with a function: neither a placeholder nor `$&` in a file's name means anything.
    return element.replace(/\{main\}|\{folder\}/g, (placeholder, offset: number) =>
      placeholder === '{folder}' ? folderOf(main) : offset === 0 ? plainPath(main) : main,
    )
  })
  return [...expanded, ...args]
}

function sourcePaths(main: string, files: readonly string[], extensions: readonly string[]): readonly string[] {
  const others = files.filter(path => path !== main && extensions.some(extension => path.endsWith(extension)))
  return [main, ...others]
}

function folderOf(path: string): string {
  const end = path.lastIndexOf('/')
  return end < 0 ? '.' : `./${path.slice(0, end)}`
}

/** `-x.py` would be an option and `@x.c` a file of arguments; with `./` in front they are files. Ordinary names stay as they are. */
function plainPath(path: string): string {
  return /^[\p{L}\p{N}_.]/u.test(path) ? path : `./${path}`
}
