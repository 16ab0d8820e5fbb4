import type { Recipe } from '../environment/environment.ts'
import type { RunCommands, RunRequest } from '../run/run.ts'

/** What one stage is started with. In a client's own command nothing is replaced. */
export interface StageCommand {
  readonly argv: readonly string[]
  readonly isTemplate: boolean
}

type WithCommands = Pick<RunRequest, 'commands'>

/** Undefined where there is no compile stage. */
export function compileCommand(recipe: Recipe, { commands }: WithCommands): StageCommand | undefined {
  const command = own(commands, 'compile') ?? template(recipe.compile)
  return command?.argv.length === 0 ? undefined : command
}

export function runCommand(recipe: Recipe, { commands }: WithCommands): StageCommand {
  return own(commands, 'run') ?? { argv: recipe.run, isTemplate: true }
}

function own(commands: RunCommands | undefined, stage: keyof RunCommands): StageCommand | undefined {
  const argv = commands?.[stage]
  return argv && { argv, isTemplate: false }
}

function template(argv: readonly string[] | undefined): StageCommand | undefined {
  return argv && { argv, isTemplate: true }
}
