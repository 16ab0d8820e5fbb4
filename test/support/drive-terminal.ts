import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const launcher = fileURLToPath(new URL('../../run-it', import.meta.url))
const driver = fileURLToPath(new URL('drive-terminal.py', import.meta.url))
const deadlineSeconds = 90

/** Done when the text was seen, after what was seen before. */
export type TerminalStep = { readonly see: string } & (
  | { readonly type: string }
  | { readonly size: readonly [columns: number, rows: number] }
  | { readonly signal: NodeJS.Signals; readonly pid?: number }
)

export interface DrivenTerminal {
  readonly seen: string
  /** Negative: the number of the signal that ended the command. */
  readonly code: number
  /** It was, at one of the steps. */
  readonly isRaw: boolean
  /** In the end it is as it was before. */
  readonly isGivenBack: boolean
}

/** `run-it` in a pseudo-terminal of 91 columns and 17 rows. */
export async function driveTerminal(
  args: readonly string[],
  steps: readonly TerminalStep[] = [],
): Promise<DrivenTerminal> {
  const task = { argv: [launcher, ...args], columns: 91, rows: 17, steps, deadlineSeconds }
  const { stdout } = await promisify(execFile)('python3', [driver, JSON.stringify(task)])
  return JSON.parse(stdout)
}
