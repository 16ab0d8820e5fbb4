/** One row of the import table in docs/architecture.md. */
export interface Row {
  /** A folder or a file, from `src`; or `sdk`. */
  readonly folder: string
  /** Folders and files of ours, or `everything`. */
  readonly imports: readonly string[]
  readonly packages: readonly string[]
}

/** Reads the table whose first column is headed `folder`. */
export function parseImportTable(markdown: string): readonly Row[] {
  const lines = markdown.split('\n')
  const start = lines.findIndex(line => /^\|\s*folder\s*\|/.test(line))
  if (start === -1) throw new Error('docs/architecture.md has no table headed `folder`')
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  return lines.slice(start + 2, end).map(line => {
    const [folder = '', imports = '', packages = ''] = line.split('|').slice(1, -1)
    return {
      folder: codeWords(folder)[0] ?? '',
      imports: imports.trim() === 'everything' ? ['everything'] : codeWords(imports),
      packages: codeWords(packages),
    }
  })
}

function codeWords(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(match => match[1] ?? '')
}
