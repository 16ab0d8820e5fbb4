import type { Terminal } from './context.ts'
import { write } from './write.ts'

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Aligned and with a heading on a terminal; tab separated and without one in a pipe, where the next program wants to cut it. */
export async function writeTable(stdout: Terminal, { columns, rows }: Table): Promise<void> {
  const clean = rows.map(row => row.map(cleanCell))
  if (!stdout.isTTY) {
    await write(stdout, clean.map(row => `${row.join('\t')}\n`).join(''))
    return
  }
  const all = [columns.map(column => column.toUpperCase()), ...clean]
  const widths = columns.map((_, index) => Math.max(...all.map(row => row[index]?.length ?? 0)))
  const lines = all.map(row =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  await write(stdout, `${lines.join('\n')}\n`)
}

/** What came from a server must not steer the terminal, nor break a line. */
export function cleanCell(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be replaced
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
}
