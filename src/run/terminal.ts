/** In characters. */
export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

/** More than any screen has. */
export const maxTerminalSize = 1000

export const defaultTerminalSize: TerminalSize = { columns: 80, rows: 24 }
export const defaultTerm = 'xterm-256color'

/** What a program may be sent, and its number on Linux. */
export const signalNumbers = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
  SIGCONT: 18,
  SIGTSTP: 20,
} as const

export type SignalName = keyof typeof signalNumbers
export const signalNames = Object.keys(signalNumbers) as readonly SignalName[]

/** What is done to an interactive run's program while it runs, in order. Nothing of stdin comes after its end. */
export type RunInput =
  | { readonly type: 'stdin'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'signal'; readonly signal: SignalName }
  | { readonly type: 'resize'; readonly size: TerminalSize }

/** False of what a newer version wrote for programs of its own. */
export function isRunInput(input: { readonly type: string }): input is RunInput {
  if (input.type === 'signal') return 'signal' in input && Object.hasOwn(signalNumbers, String(input.signal))
  return input.type === 'stdin' || input.type === 'end' || input.type === 'resize'
}
