import type { RunFile } from './file.ts'
import { parentFolders } from './file-path.ts'

/** A file takes whole pages of a tmpfs, however few bytes it has. */
const pageBytes = 4096
/** Many small files are an attack on memory of the kernel, which the disk's bytes do not count. */
const fewestEntries = 1024
/** The folder itself, and the one in it for what compilers make. */
const entriesOfOurs = 2

/** How many files and folders a disk of this size may hold. */
export function diskEntries(diskBytes: number): number {
  return Math.max(fewestEntries, Math.ceil(diskBytes / pageBytes))
}

/** What is wrong with files for a disk of this size, as the end of a sentence; undefined when they fit. Shapes that decode are assumed. */
export function diskFault(files: readonly RunFile[], diskBytes: number): string | undefined {
  const bytes = files.reduce((sum, file) => sum + wholePages(Buffer.byteLength(file.content, file.encoding)), 0)
  if (bytes > diskBytes) {
    return `takes ${bytes} bytes of disk, in pages of ${pageBytes}; the run's diskBytes is ${diskBytes}`
  }
  const folders = new Set(files.flatMap(file => [...parentFolders(file.path)]))
  const entries = files.length + folders.size + entriesOfOurs
  const most = diskEntries(diskBytes)
  if (entries > most) {
    return `has ${entries} files and folders; a disk of ${diskBytes} bytes has room for ${most}`
  }
  return undefined
}

function wholePages(bytes: number): number {
  return Math.ceil(bytes / pageBytes) * pageBytes
}
