import { globSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Catalogue } from '../src/environment/catalogue.ts'
import type { Family } from '../src/environment/environment.ts'
import { stageArgv } from '../src/environment/recipe.ts'
import { DockerPlatform } from '../src/platform/docker/docker-platform.ts'

const environments = fileURLToPath(new URL('../environments', import.meta.url))
const initPath = fileURLToPath(new URL('../init/build/run-it-init', import.meta.url))

/** The same as the worker gives to a program. */
const baseVariables = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/tmp',
  LANG: 'C.UTF-8',
} as const

/** What every environment's `hello` prints. */
export const helloOutput = 'Hello, world!\n'

/** An environment's `hello`, with all that it takes to run it in the same image without run-it. */
export interface Hello {
  readonly environment: string
  readonly title: string
  readonly source: string
  /** The engine's fixed name of the image. */
  readonly image: string
  /** What is done one after the other: compile, where there is a compiler, and run. Each is an argv. */
  readonly commands: readonly (readonly string[])[]
  /** As the engine wants it: `NAME=value`. */
  readonly env: readonly string[]
  /** On the host: the source under its name, and an empty folder `.out`. For mounting, at `/code`. */
  readonly folder: string
}

/** Whose hello is measured: a script of each kind and a compiler of each. All environments would take hours, and say the same. */
export const measuredEnvironments = ['bash', 'c', 'go', 'javascript', 'python'] as const

/** The hellos of these environments, or of the named one. Their images are made present. */
export async function prepareHellos(
  temporaryFolder: string,
  signal: AbortSignal,
  only?: string,
): Promise<readonly Hello[]> {
  const catalogue = await Catalogue.load([environments])
  const platform = new DockerPlatform({ installationId: 'bench', initPath, cpus: 1, pull: true, build: true })
  try {
    const hellos: Hello[] = []
    for (const name of measuredEnvironments) {
      if (only !== undefined && name !== only) continue
      const family = catalogue.familyOf(name)
      const image = await platform.prepare(catalogue.resolve(family.name), () => {}, signal)
      hellos.push(await prepareHello(family, image, temporaryFolder))
    }
    return hellos
  } finally {
    await platform.close()
  }
}

async function prepareHello(
  family: Family,
  image: { readonly reference: string; readonly env: Readonly<Record<string, string>> },
  temporaryFolder: string,
): Promise<Hello> {
  const [file] = globSync('hello.*', { cwd: family.folder })
  if (file === undefined) throw new Error(`the environment ${family.name} has no hello`)
  const source = await readFile(join(family.folder, file), 'utf8')
  const folder = join(temporaryFolder, `hello-${family.name}`)
  await mkdir(join(folder, '.out'), { recursive: true, mode: 0o755 })
  await writeFile(join(folder, family.main), source, { mode: 0o644 })
  const files = { main: family.main, files: [family.main], extensions: family.extensions, args: [] }
  const { compile, run, env } = family.recipe
  return {
    environment: family.name,
    title: family.title,
    source,
    image: image.reference,
    commands: [...(compile === undefined ? [] : [compile]), run].map(argv => stageArgv(argv, files)),
    env: Object.entries({ ...baseVariables, ...image.env, ...env }).map(([name, value]) => `${name}=${value}`),
    folder,
  }
}

/** All commands as one for a shell, as somebody would write it who has only `docker run`. */
export function shellCommand({ commands }: Pick<Hello, 'commands'>): readonly string[] {
  const [only] = commands
  if (commands.length === 1 && only !== undefined) return only
  return ['sh', '-c', commands.map(argv => argv.map(quoted).join(' ')).join(' && ')]
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
