import { join, relative } from 'node:path'
import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { type EngineOptions, engineSettings } from './engine.ts'
import { write } from './write.ts'

interface NewOptions extends EngineOptions {
  readonly image: string
  readonly like?: string
  readonly dockerfile?: boolean
  readonly dataDirectory?: string
}

export function addEnvNewCommand(env: Command, context: CliContext): void {
  env
    .command('new')
    .description('Writes an environment of your own: a folder with environment.yaml and a program that says hello.')
    .argument('<name>', 'what it is called: small letters, digits and hyphens')
    .requiredOption('--image <image>', 'what its programs run in, such as python:3.13-slim')
    .option(
      '--like <name>',
      "run programs as this environment does (default: the one of the same image, else a shell's)",
    )
    .option('--dockerfile', 'begin with a Dockerfile on the image, to add libraries to')
    .option('--environments <folder>', 'where to write it (default: environments in the data directory)')
    .option('--data-directory <folder>', "the server's data directory")
    .option('--config <file>', 'settings file')
    .action(async (name: string, options: NewOptions) => newEnvironment(name, options, context))
}

async function newEnvironment(name: string, options: NewOptions, context: CliContext): Promise<void> {
  const { settings } = await engineSettings(options, context)
  // Not with the engine: it is not needed for that.
  const { newEnvironment } = await import('../installed-environments.ts')
  const { image, like, dockerfile = false } = options
  const { folder, hello, isBuilt } = await newEnvironment(settings, { name, image, like, dockerfile })
  const shown = (file: string) => relative(context.folder, join(folder, file)) || file
  const named = options.environments === undefined ? '' : ` --environments ${options.environments}`
  const further = isBuilt ? `Add what it needs to ${shown('Dockerfile')}, such as: RUN pip install numpy\n` : ''
  await write(context.stdout, `${folder}\n`)
  await write(context.stderr, `${further}Try it: run-it run --env ${name}${named} ${shown(hello)}\n`)
}
