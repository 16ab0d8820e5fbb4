import type { Encoding } from './types.ts'

export type SignalName =
  | 'SIGHUP'
  | 'SIGINT'
  | 'SIGQUIT'
  | 'SIGKILL'
  | 'SIGUSR1'
  | 'SIGUSR2'
  | 'SIGTERM'
  | 'SIGCONT'
  | 'SIGTSTP'

/** What a client of a terminal says, one message each. */
export type TerminalMessage =
  | { type: 'stdin'; content: string; encoding?: Encoding }
  | { type: 'end' }
  | { type: 'signal'; signal: SignalName }
  | { type: 'resize'; columns: number; rows: number }

/** What a terminal says, besides the events of the run. */
export type TerminalNotice =
  | { type: 'role'; role: 'writer' | 'watcher' }
  | { type: 'error'; code: 'invalid-message' | 'not-writer' | 'not-interactive'; detail: string }
