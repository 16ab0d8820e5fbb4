import type { Limits } from '../../run/limits.ts'
import type { Sandbox } from '../platform.ts'
import { PlatformError } from '../platform-error.ts'

/** Asks the program itself, for instance `python3 --version`, in a sandbox like any other. */
export async function measureVersion(
  sandbox: Sandbox,
  program: {
    readonly name: string
    readonly command: readonly string[]
    readonly env: Readonly<Record<string, string>>
    readonly limits: Limits
  },
  signal: AbortSignal,
): Promise<string> {
  let printed = ''
  const exit = await sandbox.exec(
    { name: 'run', argv: program.command, env: program.env, stdin: new Uint8Array(), limits: program.limits },
    { write: (_, chunk) => (printed += Buffer.from(chunk).toString('utf8')) },
    signal,
  )
  signal.throwIfAborted()
  const version = findVersion(printed)
  if (version === undefined) {
    const how = `${program.command.join(' ')} ended as ${JSON.stringify(exit.outcome)} and printed ${JSON.stringify(printed.slice(0, 200))}`
    throw new PlatformError(
      'environment-unavailable',
      `${program.name} was built but does not tell its version: ${how}`,
    )
  }
  return version
}

/** The first thing that looks like a version: two numbers or more with dots between. */
export function findVersion(text: string): string | undefined {
  return /\d+(?:\.\d+)+/.exec(text)?.[0]
}
