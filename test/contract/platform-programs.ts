import type { Environment } from '../../src/environment/environment.ts'
import type { RunFile } from '../../src/run/file.ts'

/** What the suite needs programs for. Each says what the program does, to the byte. Output is flushed as it is written. */
export const behaviours = {
  hello: 'prints "Hello, world!\\n"; exits with 0 and does not read its input',
  echoStdin: 'copies its input to stdout; exits with 0',
  ask: 'prints "Name? ", reads a line, prints "Hello, LINE!\\n", exits with 0',
  showTerminal:
    'prints COLUMNSxROWS of its terminal and a line end, or "none\\n" without one, and again at each SIGWINCH; at SIGINT prints "interrupted\\n" and exits with 0',
  exitThree: 'exits with 3',
  dieOfSignal: 'is killed by SIGSEGV',
  writeBoth: 'prints "to stdout\\n" there and "to stderr\\n" on stderr; exits with 0',
  printArguments: 'prints each argument after its own name, and a line end after each; the suite appends them to argv',
  printVariable: 'prints the variable GREETING and a line end',
  printFolder: 'prints the path of its working folder and a line end',
  printFile: 'prints the file "data/größe ß.bin" to the byte, wherever it came from',
  sleepForever: 'prints "started\\n", then sleeps',
  busyLoop: 'prints "started\\n", then computes without end in one thread',
  allocate: 'prints "started\\n", then takes memory without end, and touches it',
  largeOutput: 'writes 8,388,608 times "x" to stdout, then prints "done\\n" on stderr; exits with 0',
  orphan: 'starts a process that does nothing without end and holds its output open, prints "parent\\n", exits with 0',
  manyProcesses: 'starts processes that sleep until it may start no more, prints "refused\\n", exits with 0',
  fillDisk:
    'writes zeros to a file in its working folder until it may write no more, prints "refused\\n", exits with 0',
  save: 'writes "kept" to ".out/saved"; exits with 0',
  makeFiles: 'writes "one" to "one.txt", "two" to "out/deep/two.bin" and "three" to ".hidden"; exits with 0',
  printSaved: 'prints ".out/saved"; exits with 0, or not with 0 when it is not there',
} as const

export type Behaviour = keyof typeof behaviours

export interface ContractProgram {
  readonly candidates: readonly Environment[]
  readonly files: readonly RunFile[]
  readonly argv: readonly string[]
}

export type ContractPrograms = Readonly<Record<Behaviour, ContractProgram>>

/** One file for each behaviour, run by the same command: for a language that needs no compiling. */
export function contractPrograms(
  candidates: readonly Environment[],
  command: readonly string[],
  sources: Readonly<Record<Behaviour, string>>,
): ContractPrograms {
  const programOf = (behaviour: Behaviour): ContractProgram => ({
    candidates,
    files: [{ path: 'main', content: sources[behaviour], encoding: 'utf8' }],
    argv: [...command, 'main'],
  })
  const entries = (Object.keys(behaviours) as Behaviour[]).map(behaviour => [behaviour, programOf(behaviour)])
  return Object.fromEntries(entries) as ContractPrograms
}
