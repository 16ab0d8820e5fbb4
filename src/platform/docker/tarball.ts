import { Readable } from 'node:stream'
import { pack } from 'tar-stream'

/** A file, or a folder where there are no bytes. */
export interface TarEntry {
  readonly name: string
  readonly mode: number
  readonly bytes?: Buffer
}

/** Our own few small files as a tar stream, for what the engine takes in that form. */
export function tarball(entries: readonly TarEntry[]): Readable {
  const archive = pack()
  for (const { name, mode, bytes } of entries) {
    if (bytes === undefined) archive.entry({ name, mode, type: 'directory' })
    else archive.entry({ name, mode }, bytes)
  }
  archive.finalize()
  return Readable.from(archive)
}
