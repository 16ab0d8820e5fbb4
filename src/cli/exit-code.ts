/** The exit codes that are ours, as in sysexits.h; all others are the program's own. */
export const exitCodes = {
  /** A test was not accepted. */
  notAccepted: 1,
  usage: 64,
  data: 65,
  noInput: 66,
  unavailable: 69,
  software: 70,
  cannotCreate: 73,
  io: 74,
  config: 78,
  /** 128 + SIGPIPE. */
  brokenPipe: 141,
  /** 128 + SIGINT. */
  interrupted: 130,
  outOfMemory: 137,
  /** As timeout(1). */
  timedOut: 124,
  /** A signal's number is added: as a shell does. */
  signalBase: 128,
} as const

/** Ends a command with one line on stderr. `message` says what is wrong and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: number

  constructor(exitCode: number, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.exitCode = exitCode
  }
}
