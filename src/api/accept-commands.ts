import type { Family } from '../environment/environment.ts'
import { Problem, type ProblemError } from '../run/problem.ts'
import type { RunCommands } from '../run/run.ts'
import { argumentFaults } from './accept-texts.ts'
import { refuseIfAny } from './refuse.ts'
import type { Submission } from './schema/submission.ts'

/** The commands that a request brings, checked; undefined where it brings none. Throws the first problem. */
export function acceptCommands(
  { compile, run, env = {} }: Pick<Submission, 'compile' | 'run' | 'env'>,
  family: Family,
): RunCommands | undefined {
  const commands = {
    ...(compile?.command && { compile: compile.command }),
    ...(run?.command && { run: run.command }),
  }
  if (Object.keys(commands).length === 0) return undefined
  refuseIfAny(
    'invalid-request',
    Object.entries(commands).flatMap(([stage, command]) => commandFaults(`/${stage}/command`, command, env)),
  )
  refuseCommands(commands, family)
  return commands
}

/** Some environments are meant for one kind of program only. */
export function refuseCommands(commands: RunCommands | undefined, family: Family): void {
  if (commands === undefined || family.commands) return
  const errors = Object.keys(commands).map(stage => ({
    pointer: `/${stage}/command`,
    detail: `must be absent: ${family.name} allows no commands but its own`,
  }))
  throw new Problem('command-not-allowed', `The environment ${family.name} allows no commands but its own.`, { errors })
}

function commandFaults(
  pointer: string,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): readonly ProblemError[] {
  const [program] = command
  const isNameless = program !== undefined && program.trim() === ''
  return [
    ...(isNameless ? [{ pointer: `${pointer}/0`, detail: 'must be the name or the path of a program' }] : []),
    ...argumentFaults(pointer, command, env),
  ]
}
