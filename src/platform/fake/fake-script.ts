import type { LimitHit } from '../../run/limits.ts'
import type { StageOutcome } from '../../run/outcome.ts'
import { ask, showTerminal } from './fake-interaction.ts'
import { type FakeProcess, type FakeProgram, pause } from './fake-program.ts'

const compilePrefix = 'compile:'

/**
 * The language of programs on the fake platform: one command a line. Lines that begin with `compile:` are for the compile
 * stage, all others for the run stage. Empty lines and lines that begin with `#` do nothing.
 */
export function fakeScript(source: string): FakeProgram {
  return async process => {
    for (const line of linesOf(source, process.stage.name === 'compile')) {
      if (process.signal.aborted) return undefined
      const [name = '', ...words] = line.split(' ')
      const command = commands[name]
      if (command === undefined) {
        process.write('stderr', `there is no command "${name}"\n`)
        return { kind: 'exited', code: 2 }
      }
      const outcome = await command(process, words.join(' '))
      if (outcome !== undefined) return outcome
    }
    return undefined
  }
}

function linesOf(source: string, isCompile: boolean): readonly string[] {
  return source
    .split('\n')
    .filter(line => line.trim() !== '' && !line.startsWith('#') && line.startsWith(compilePrefix) === isCompile)
    .map(line => (isCompile ? line.slice(compilePrefix.length).trimStart() : line))
}

type Command = (process: FakeProcess, text: string) => StageOutcome | undefined | Promise<StageOutcome | undefined>

/** One write of a flood; a program writes in pieces too. */
const floodPieceBytes = 65_536

const commands: Readonly<Record<string, Command>> = {
  /** `print TEXT`: a line on stdout. */
  print: (process, text) => saying(process, 'stdout', `${text}\n`),
  /** `error TEXT`: a line on stderr. */
  error: (process, text) => saying(process, 'stderr', `${text}\n`),
  /** `write BASE64`: these bytes on stdout. */
  write: (process, text) => saying(process, 'stdout', Buffer.from(text, 'base64')),
  /** `stdin`: copies it to stdout. */
  stdin: async process => {
    for (let input = await process.nextInput(); input !== undefined; input = await process.nextInput()) {
      if (input.type === 'stdin') process.write('stdout', input.bytes)
    }
    return undefined
  },
  /** `ask QUESTION`: prints it, reads a line and greets who it names. */
  ask,
  /** `terminal`: tells its size and each new one; an interrupt ends it, by signal or by key. */
  terminal: showTerminal,
  /** `args N`: the arguments from the Nth on, a line each. */
  args: (process, text) =>
    saying(
      process,
      'stdout',
      process.stage.argv
        .slice(Number(text))
        .map(argument => `${argument}\n`)
        .join(''),
    ),
  /** `variable NAME`: its value and a line's end. */
  variable: (process, text) => saying(process, 'stdout', `${process.stage.env[text] ?? ''}\n`),
  /** `cat PATH`: a file of the working folder. */
  cat: (process, text) => {
    const bytes = process.files.get(text)
    if (bytes !== undefined) return saying(process, 'stdout', bytes)
    process.write('stderr', `cat: ${text}: No such file or directory\n`)
    return { kind: 'exited', code: 1 }
  },
  /** `save PATH TEXT`: makes a file in the working folder. */
  save: (process, text) => {
    const [path = '', ...words] = text.split(' ')
    process.files.set(path, Buffer.from(words.join(' ')))
    return undefined
  },
  /** `sleep`: until the stage is ended. `sleep MS`: so long. */
  sleep: async (process, text) => {
    await pause(process.signal, text === '' ? undefined : Number(text))
    return undefined
  },
  /** `spin`: uses up its CPU time. */
  spin: ({ stage }) => ({ kind: 'timed-out', clock: 'cpu', limitMs: stage.limits.cpuTimeMs }),
  /** `allocate`: uses up its memory. */
  allocate: ({ stage }) => ({ kind: 'out-of-memory', limitBytes: stage.limits.memoryBytes }),
  /** `flood BYTES`: so much on stdout. */
  flood: (process, text) => {
    for (let rest = Number(text); rest > 0; rest -= floodPieceBytes) {
      process.write('stdout', Buffer.alloc(Math.min(rest, floodPieceBytes), 'x'))
    }
    return undefined
  },
  /** `hit LIMIT`: meets a limit and goes on. */
  hit: (process, text) => {
    process.hit(text as LimitHit)
    return undefined
  },
  /** `exit CODE`. */
  exit: (_, text) => ({ kind: 'exited', code: Number(text) }),
  /** `signal NAME`: dies of it. */
  signal: (_, text) => ({ kind: 'signaled', signal: text }),
  /** `lose`: the sandbox ends under it. */
  lose: async process => {
    process.loseSandbox()
    await pause(process.signal)
    return undefined
  },
}

function saying(process: FakeProcess, stream: 'stdout' | 'stderr', data: string | Uint8Array): undefined {
  process.write(stream, data)
}
