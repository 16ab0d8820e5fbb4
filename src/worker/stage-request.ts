import { stageArgv } from '../environment/recipe.ts'
import type { ResolvedImage, StageExit, StageRequest } from '../platform/platform.ts'
import type { RunFile } from '../run/file.ts'
import type { Limits } from '../run/limits.ts'
import type { Interaction, StageName, StageResult } from '../run/run.ts'
import { baseVariables } from './plain-stage.ts'
import type { StageCommand } from './run-recipe.ts'

export interface StagePlan {
  readonly name: StageName
  readonly command: StageCommand
  readonly args: readonly string[]
  readonly stdin: Uint8Array
  /** Where somebody can talk to it while it runs. */
  readonly interaction?: Pick<StageRequest, 'input'> & Interaction
  readonly limits: Limits
}

/** What a program is made of, whoever's it is. */
export interface StageProgram {
  readonly files: readonly RunFile[]
  readonly main: string
  readonly env: Readonly<Record<string, string>>
}

/** A stage as the platform takes it: the recipe's command with the program's files in it. */
export function stageRequest(image: ResolvedImage, program: StageProgram, stage: StagePlan): StageRequest {
  const { environment, env } = image
  const { command, args } = stage
  const files = { main: program.main, files: program.files.map(file => file.path), extensions: environment.extensions }
  const argv = command.isTemplate ? stageArgv(command.argv, { ...files, args }) : [...command.argv, ...args]
  return {
    name: stage.name,
    argv,
    env: { ...baseVariables, ...terminalVariables(stage), ...env, ...environment.recipe.env, ...program.env },
    stdin: stage.stdin,
    ...stage.interaction,
    limits: stage.limits,
  }
}

/** Programs without a terminal must not think that they have one. */
function terminalVariables({ interaction }: StagePlan): Readonly<Record<string, string>> {
  return interaction?.terminal === undefined ? {} : { TERM: interaction.terminal.term }
}

/** `kept`: bytes that were kept of what it wrote, `dropped` where some were not. */
export function stageResult(
  name: StageName,
  exit: StageExit,
  output: Readonly<Record<'stdout' | 'stderr', { readonly kept: number; readonly dropped: boolean }>>,
): StageResult {
  const { stdout, stderr } = output
  return {
    name,
    outcome: exit.outcome,
    usage: exit.usage,
    limitsHit: exit.limitsHit,
    stdout: { bytes: stdout.kept, truncated: exit.stdoutTruncated || stdout.dropped },
    stderr: { bytes: stderr.kept, truncated: exit.stderrTruncated || stderr.dropped },
  }
}
