import type { Catalogue } from './catalogue.ts'
import type { Family } from './environment.ts'

const begin =
  '<!-- families: written by `node src/environment/write-docs.ts` from environments/*/environment.yaml. Do not edit. -->'
const end = '<!-- families: end -->'

const columns = ['family', 'also called', 'files', 'published image, default version', 'Debian 12 has'] as const

/** The page with its table of families made new. Throws where the page has no place for it. */
export function withFamiliesTable(page: string, catalogue: Catalogue): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`the page has no place for the families: ${begin} … ${end}`)
  return `${page.slice(0, from)}${begin}\n\n${familiesTable(catalogue.families())}\n\n${page.slice(to)}`
}

function familiesTable(families: readonly Family[]): string {
  const rows = families.map(rowOf)
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map(row => row[index]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`
  return [line(columns), rule, ...rows.map(line)].join('\n')
}

function rowOf({ name, title, aliases, extensions, image, versions, debian }: Family): readonly string[] {
  return [
    `\`${name}\`: ${title}`,
    code(aliases),
    code(extensions),
    image === undefined ? '–' : `\`${image.replace('{version}', () => versions[0] ?? '')}\``,
    debian?.version ?? '–',
  ]
}

function code(words: readonly string[]): string {
  return words.length === 0 ? '–' : words.map(word => `\`${word}\``).join(' ')
}
