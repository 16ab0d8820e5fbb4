/** Bounds of Linux itself: `NAME_MAX`, and `PATH_MAX` less its terminator. */
const maxPartBytes = 255
const maxPathBytes = 4095

/** Where compilers put what they make; a client's file there would be in their way. */
const reservedFolder = '.out'

/** What is wrong with the path of a file that goes into a run, as the end of a sentence; undefined when nothing is. */
export function filePathFault(path: string): string | undefined {
  if (path.split('/', 1)[0] === reservedFolder) {
    return `must not be in ${reservedFolder}, the folder for what a compiler makes`
  }
  return relativePathFault(path)
}

/** What is wrong with a path below the working folder, as the end of a sentence; undefined when nothing is. */
export function relativePathFault(path: string): string | undefined {
  if (path === '') {
    return 'must not be empty'
  }
  if (!path.isWellFormed()) {
    return 'must be valid Unicode'
  }
  if (hasControlCharacter(path)) {
    return 'must not contain NUL or other control characters'
  }
  if (path.startsWith('/')) {
    return 'must be relative to the working folder'
  }
  if (Buffer.byteLength(path) > maxPathBytes) {
    return `must have at most ${maxPathBytes} bytes`
  }
  const parts = path.split('/')
  if (parts.some(part => part === '' || part === '.' || part === '..')) {
    return 'must not have empty, "." or ".." parts'
  }
  if (parts.some(part => Buffer.byteLength(part) > maxPartBytes)) {
    return `must have at most ${maxPartBytes} bytes in each part`
  }
  return undefined
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x20 || unit === 0x7f) {
      return true
    }
  }
  return false
}

/** The first path that cannot be there together with those before it: it is there twice, or is a folder of another. */
export function pathConflict(paths: readonly string[]): { readonly index: number; readonly fault: string } | undefined {
  const files = new Set<string>()
  const folders = new Set<string>()
  for (const [index, path] of paths.entries()) {
    if (files.has(path)) {
      return { index, fault: 'is there twice' }
    }
    if (folders.has(path)) {
      return { index, fault: 'is a folder of another file' }
    }
    files.add(path)
    for (const folder of parentFolders(path)) {
      if (files.has(folder)) {
        return { index, fault: `lies beneath ${JSON.stringify(folder)}, which is a file` }
      }
      folders.add(folder)
    }
  }
  return undefined
}

/** `a/b/c` has `a/b` and `a`. */
export function* parentFolders(path: string): Generator<string> {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    yield path.slice(0, end)
  }
}
