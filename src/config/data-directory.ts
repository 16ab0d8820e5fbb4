import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** Where data goes when nobody said otherwise. The XDG rules say that a relative path in the variable is to be ignored. */
export function defaultDataDirectory(
  variables: Readonly<Record<string, string | undefined>>,
  user: { readonly id: number | undefined; readonly home: string } = { id: process.getuid?.(), home: homedir() },
): string {
  if (user.id === 0) return '/var/lib/run-it'
  const xdg = variables.XDG_DATA_HOME
  return join(xdg && isAbsolute(xdg) ? xdg : join(user.home, '.local/share'), 'run-it')
}
