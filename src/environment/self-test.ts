import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Family } from './environment.ts'

/** What every `hello` prints. */
export const helloOutput = 'Hello, world!\n'

/** A program of a family's folder, and what it must print. */
export interface SelfTestProgram {
  readonly program: 'hello' | 'sample'
  /** Its name is kept: in some languages it has to fit what is in the file. */
  readonly file: string
  readonly source: string
  readonly stdin: string
  readonly expected: string
}

/** What a family brings to prove itself. */
export interface SelfTest {
  readonly name: string
  /** None where the folder has none: an operator's own family need not have any. */
  readonly programs: readonly SelfTestProgram[]
  /** Why the folder's programs cannot be read. */
  readonly error?: string
}

/** Programs that are larger than this are no self-test. */
const maxBytes = 1024 * 1024

/** Reads `hello.*`, and `sample.*` with `sample.stdin` and `sample.expected`. A folder that is wrong is no reason to prove no other. */
export async function readSelfTest(family: Family): Promise<SelfTest> {
  const { name } = family
  try {
    return { name, programs: await readPrograms(family) }
  } catch (error) {
    return { name, programs: [], error: error instanceof Error ? error.message : String(error) }
  }
}

async function readPrograms(family: Family): Promise<readonly SelfTestProgram[]> {
  const files = await readdir(family.folder)
  const hello = sourceFile(family, files, 'hello')
  const sample = sourceFile(family, files, 'sample')
  const read = (file: string) => readSmall(join(family.folder, file))
  const programs: SelfTestProgram[] = []
  if (hello !== undefined) {
    programs.push({ program: 'hello', file: hello, source: await read(hello), stdin: '', expected: helloOutput })
  }
  if (sample !== undefined) {
    const [source, stdin, expected] = await Promise.all([read(sample), read('sample.stdin'), read('sample.expected')])
    programs.push({ program: 'sample', file: sample, source, stdin, expected })
  }
  return programs
}

/** `hello.py`, or `Hello.java` where the file is named after its class. */
function sourceFile({ extensions }: Family, files: readonly string[], name: string): string | undefined {
  const wanted = extensions.map(extension => `${name}${extension}`.toLowerCase())
  return files.toSorted().find(file => wanted.includes(file.toLowerCase()))
}

async function readSmall(path: string): Promise<string> {
  const { size } = await stat(path)
  if (size > maxBytes) throw new Error(`${path} is larger than ${maxBytes} bytes: that is no self-test`)
  return await readFile(path, 'utf8')
}
