import { extname } from 'node:path/posix'
import { lookup } from 'mime-types'

/** By the name alone: the content is a stranger's, and not looked at. */
export function mediaTypeOf(path: string): string {
  const extension = extname(path)
  return (extension !== '' && lookup(extension)) || 'application/octet-stream'
}
