import { ConfigError } from './config-error.ts'

/** Whoever sets a database expects the runs to be in it: keeping them elsewhere without a word would be worse than not starting. */
export function refuseReserved(variables: Readonly<Record<string, string | undefined>>): void {
  if (!variables.DATABASE_URL) return
  throw new ConfigError([
    'DATABASE_URL: this version keeps runs in a file of its own and cannot use a database server. Unset the variable to start',
  ])
}
