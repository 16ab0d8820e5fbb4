import { RunItClient } from '@run-it/sdk'
import type { CliContext } from './context.ts'

/** A client of the data directory's own API, in this process: it needs no key. */
export interface KeyDesk extends AsyncDisposable {
  readonly client: RunItClient
}

/** Opens the data directory that `run-it serve` would use in this folder. Rejects if a server has it. */
export async function keyDesk(
  options: { readonly dataDirectory?: string; readonly config?: string },
  context: CliContext,
): Promise<KeyDesk> {
  // Loaded here, because whoever asks a server does without.
  const [{ loadSettings }, { createLog }, { createObserver }] = await Promise.all([
    import('../config/load-settings.ts'),
    import('../telemetry/log.ts'),
    import('../telemetry/create-observer.ts'),
  ])
  const settings = loadSettings({
    flags: { dataDirectory: options.dataDirectory },
    variables: context.variables,
    folder: context.folder,
    file: options.config,
    usesFolderFile: true,
    isTerminal: context.stderr.isTTY === true,
    defaults: { logLevel: 'warn' },
  })
  const log = createLog({ level: settings.logLevel, format: settings.logFormat, destination: context.stderr })
  const { openKeys } = await context.loadApp()
  const api = await openKeys(settings, createObserver(log))
  return {
    client: new RunItClient({ baseUrl: 'http://embedded.invalid', fetch: api.fetch }),
    [Symbol.asyncDispose]: () => api.close(),
  }
}
