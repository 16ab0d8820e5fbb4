import type { Command } from 'commander'
import { definitionsOf } from '../config/definition.ts'
import { loadSettings } from '../config/load-settings.ts'
import { type Settings, settingsSchema } from '../config/settings.ts'
import { defaultPool } from '../run/pool.ts'
import { createObserver } from '../telemetry/create-observer.ts'
import { createLog } from '../telemetry/log.ts'
import type { AppServer, CliContext } from './context.ts'
import { exitCodes } from './exit-code.ts'
import { addSettingOptions } from './setting-options.ts'

const examples = `
Examples:
  run-it serve
  run-it serve --port 9000 --data-directory ./data
  RUN_IT_SLOTS=4 run-it serve
  run-it serve --config /etc/run-it.yaml
  DATABASE_URL=postgres://run-it@database/run-it run-it serve --role worker --pool gpu

Each flag is also a variable (--max-files is RUN_IT_MAX_FILES) and a key of run-it.yaml (maxFiles); the flag counts first,
then the variable, then the file. SIGTERM and Ctrl-C let running programs finish first;
a second one hands them back to the queue, a third one ends at once.`

/** The banner waits no longer than this for what the server says of itself. */
const bannerTimeoutMs = 3_000

export function addServeCommand(program: Command, context: CliContext): void {
  const command = program
    .command('serve')
    .description('Starts the HTTP API and the worker that runs the programs.')
    .option('--config <file>', 'settings file (default: $RUN_IT_CONFIG, else run-it.yaml in the current folder)')
  addSettingOptions(command, definitionsOf(settingsSchema))
  command.addHelpText('after', examples).action(async ({ config, ...flags }: { readonly config?: string }) => {
    await serve(settingsOf(flags, config, context), context)
  })
}

function settingsOf(flags: Record<string, string | boolean>, file: string | undefined, context: CliContext): Settings {
  return loadSettings({
    flags,
    file,
    variables: context.variables,
    folder: context.folder,
    usesFolderFile: true,
    isTerminal: context.stderr.isTTY === true,
  })
}

async function serve(settings: Settings, context: CliContext): Promise<void> {
  const log = createLog({ level: settings.logLevel, format: settings.logFormat, destination: context.stderr })
  const stop = Promise.withResolvers<string>()
  let isStopping = false
  const urges: (() => void)[] = [() => context.exitNow(exitCodes.interrupted)]
  // The first signal waits for the runs, the second hands them back, the third waits for nothing.
  const stopListening = context.onInterrupt(signal => {
    stop.resolve(signal)
    const urge = isStopping ? urges.shift() : undefined
    isStopping = true
    urge?.()
  })
  try {
    const { startServer } = await context.loadApp()
    const server = await startServer(settings, createObserver(log))
    urges.unshift(() => server.hurry())
    if (settings.logFormat === 'pretty') await printBanner(server, settings, context)
    else log.info({ url: server.url }, 'listening')
    const signal = await stop.promise
    log.info({ signal, drainTimeoutMs: settings.drainTimeoutMs }, 'stopping: waiting for runs to finish')
    await server.close()
    log.info('stopped')
  } finally {
    stopListening()
  }
}

/** A greeting must not fail a server: what cannot be told is left out, or said to be missing. */
async function printBanner(server: AppServer, settings: Settings, context: CliContext): Promise<void> {
  const { url } = server
  const { engine, slots } = await server.describe(AbortSignal.timeout(bannerTimeoutMs))
  const lines = [
    ['API', url],
    ['Docs', `${url}/docs`],
    ['Engine', engine ?? 'cannot be reached now: runs wait until it can; `run-it doctor` says more'],
    ...(slots > 0 ? [['Slots', String(slots)]] : []),
    ...(slots > 0 && settings.pools !== defaultPool ? [['Pools', settings.pools]] : []),
    ['Data', settings.databaseUrl === undefined ? settings.dataDirectory : placeOf(settings.databaseUrl)],
  ]
  const text = lines.map(([name = '', value]) => `  ${name.padEnd(8)}${value}\n`).join('')
  context.stderr.write(`\nrun-it ${context.version} is listening\n\n${text}\n  Ctrl-C stops it.\n\n`)
}

/** Without the password. */
function placeOf(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl)
  return `PostgreSQL at ${host}${pathname}`
}
