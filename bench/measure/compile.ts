import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Makes a program of one C file, in the folder, where it is not there yet; resolves with its path. Static, as an image need not have a C library. */
export async function compile(source: URL, folder: string): Promise<string> {
  const path = fileURLToPath(source)
  const program = join(folder, basename(path, '.c'))
  if (existsSync(program)) return program
  await promisify(execFile)(process.env.CC ?? 'gcc', ['-static', '-O2', '-Wall', '-o', program, path])
  return program
}
