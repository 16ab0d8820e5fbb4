/**
 * What may stand in a recipe's argv.
 * - `{main}`: the main file. It may be part of an element.
 * - `{stem}`: the main file's name without folder and extension, which in some languages is the name of a class. It may be part of
 *   an element.
 * - `{folder}`: the main file's folder as compilers want it, `.` or `./cmd/app`. It may be part of an element.
 * - `{sources}`: all of the run's files with one of the family's extensions, the main file first. It is an element of its own and
 *   becomes several.
 * - `{others}`: the same without the main file, in the order in which they came, for compilers that want it last. It may become none.
 */
export const placeholders = ['{main}', '{stem}', '{folder}', '{sources}', '{others}'] as const

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
    if (element === '{sources}') return [main, ...otherSources(main, files, extensions)].map(plainPath)
    if (element === '{others}') return otherSources(main, files, extensions).map(plainPath)
    // One pass with a function: neither a placeholder nor `$&` in a file's name means anything.
    return element.replace(/\{main\}|\{stem\}|\{folder\}/g, (placeholder, offset: number) => {
      if (placeholder === '{folder}') return folderOf(main)
      const name = placeholder === '{stem}' ? stemOf(main) : main
      return offset === 0 ? plainPath(name) : name
    })
  })
  return [...expanded, ...args]
}

function otherSources(main: string, files: readonly string[], extensions: readonly string[]): readonly string[] {
  return files.filter(path => path !== main && extensions.some(extension => path.endsWith(extension)))
}

function stemOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(0, dot) : name
}

function folderOf(path: string): string {
  const end = path.lastIndexOf('/')
  return end < 0 ? '.' : `./${path.slice(0, end)}`
}

/** `-x.py` would be an option and `@x.c` a file of arguments; with `./` in front they are files. Ordinary names stay as they are. */
function plainPath(path: string): string {
  return /^[\p{L}\p{N}_.]/u.test(path) ? path : `./${path}`
}
