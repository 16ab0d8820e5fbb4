import type { Stats } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Checker, encodeBytes, type RunSubmission, type TestSubmission } from '@run-it/sdk'
import { CommandError, exitCodes } from './exit-code.ts'
import { cannotRead } from './gather-files.ts'

export interface TestOptions {
  readonly tests?: string
  readonly checker?: string
  readonly stopOnFailure?: boolean
}

type TestFields = Pick<RunSubmission, 'tests' | 'checker' | 'stopOnFailure'>

const fieldNames: readonly string[] = ['tests', 'checker', 'stopOnFailure'] satisfies (keyof TestFields)[]

/** As judges name them. */
const inputExtension = '.in'
const expectedExtensions = ['.out', '.ans']
const maxTests = 10_000
const maxBytes = 64 * 1024 * 1024

/**
 * What `--tests` names: a folder with `NAME.in` and `NAME.out` (or `.ans`) for each test, or a JSON file with a list of tests, or with an
 * object that has one and perhaps a checker. What stands in it is the server's to check.
 */
export async function readTests(options: TestOptions, folder: string): Promise<TestFields> {
  if (options.tests === undefined) {
    if (options.checker !== undefined) throw usage('--checker: is for --tests')
    if (options.stopOnFailure) throw usage('--stop-on-failure: is for --tests')
    return {}
  }
  const path = resolve(folder, options.tests)
  const stats: Stats = await stat(path).catch(error => Promise.reject(cannotRead(options.tests ?? path, error)))
  const found = stats.isDirectory() ? { tests: await testsInFolder(path) } : await testsInFile(path)
  return {
    ...found,
    ...(options.checker !== undefined && { checker: options.checker as Checker }),
    ...(options.stopOnFailure && { stopOnFailure: true }),
  }
}

async function testsInFile(path: string): Promise<TestFields> {
  const text = (await readBounded(path)).toString('utf8')
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw new CommandError(exitCodes.data, `${path}: is not JSON: ${error instanceof Error ? error.message : error}`)
  }
  const given: unknown = Array.isArray(parsed) ? { tests: parsed } : parsed
  // Without tests it would be another kind of run.
  if (typeof given !== 'object' || given === null || !('tests' in given) || !Array.isArray(given.tests)) {
    throw new CommandError(exitCodes.data, `${path}: must be a list of tests, or an object with one as "tests"`)
  }
  // A file of tests can be somebody else's: it has no say in the rest of the run.
  const foreign = Object.keys(given).find(name => !fieldNames.includes(name))
  if (foreign !== undefined) throw new CommandError(exitCodes.data, `${path}: ${foreign}: is not for a file of tests`)
  return given as TestFields
}

async function testsInFolder(path: string): Promise<TestSubmission[]> {
  const names = await readdir(path).catch(error => Promise.reject(cannotRead(path, error)))
  const inputs = names.filter(name => name.endsWith(inputExtension)).map(name => name.slice(0, -inputExtension.length))
  if (inputs.length === 0) throw new CommandError(exitCodes.noInput, `there is no *${inputExtension} in ${path}`)
  if (inputs.length > maxTests)
    throw new CommandError(exitCodes.noInput, `there are more than ${maxTests} tests in ${path}`)
  // 2 comes before 10.
  inputs.sort(new Intl.Collator('en', { numeric: true }).compare)
  const tests: TestSubmission[] = []
  for (const name of inputs) {
    const expected = expectedExtensions.map(extension => `${name}${extension}`).find(file => names.includes(file))
    if (expected === undefined)
      throw new CommandError(exitCodes.noInput, `there is no ${name}.out for ${name}.in in ${path}`)
    tests.push({
      name,
      stdin: encodeBytes(await readBounded(join(path, name + inputExtension))),
      expected: encodeBytes(await readBounded(join(path, expected))),
    })
  }
  return tests
}

async function readBounded(path: string): Promise<Buffer> {
  const stats = await stat(path).catch(error => Promise.reject(cannotRead(path, error)))
  if (stats.size > maxBytes) throw new CommandError(exitCodes.noInput, `${path} is too large for a test`)
  return await readFile(path).catch(error => Promise.reject(cannotRead(path, error)))
}

function usage(message: string): CommandError {
  return new CommandError(exitCodes.usage, message)
}
