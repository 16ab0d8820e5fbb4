import { statfsSync } from 'node:fs'
import type { Space } from '../space.ts'
import type { NodeSqlite } from './node-sqlite.ts'

/** A step that others need not wait for: 2 MiB in pages of 4 KiB. */
const pagesPerStep = 512

/** All from the file's first page. */
export function readSpace(sqlite: NodeSqlite, directory: string | undefined): Space {
  const pageBytes = readNumber(sqlite, 'page_size')
  const pages = readNumber(sqlite, 'page_count')
  return {
    usedBytes: (pages - readNumber(sqlite, 'freelist_count')) * pageBytes,
    heldBytes: pages * pageBytes,
    freeBytes: directory === undefined ? Number.POSITIVE_INFINITY : freeBytesOf(directory),
  }
}

/** Moves some pages from the end of the file into what deleted rows left, and cuts it. */
export function shrinkFile(sqlite: NodeSqlite): void {
  sqlite.exec(`pragma incremental_vacuum(${pagesPerStep})`)
}

function readNumber(sqlite: NodeSqlite, pragma: 'page_size' | 'page_count' | 'freelist_count'): number {
  const [row] = sqlite.prepare(`pragma ${pragma}`).all([]) as Record<string, number>[]
  return row?.[pragma] ?? 0
}

function freeBytesOf(directory: string): number {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize
}
