import { access, constants, statfs } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Catalogue } from '../../environment/catalogue.ts'
import type { Environment } from '../../environment/environment.ts'
import type { Diagnosis } from '../diagnosis.ts'
import { DockerEngine } from './engine.ts'
import { engineAddress } from './engine-address.ts'
import { isTlsError } from './engine-error.ts'
import { type EngineFacts, judgeEngine } from './engine-facts.ts'
import { Images } from './images.ts'
import { plainRegistry } from './registry.ts'

/** Together: somebody is waiting in front of a terminal. */
const deadlineMs = 30_000
const registryDeadlineMs = 8_000

const gibibyte = 1024 ** 3
/** An image of a compiler takes most of a gibibyte, and twice that while it is built. */
const enoughDiskBytes = 5 * gibibyte

export interface DiagnoseOptions {
  readonly settings: {
    readonly dockerHost?: string
    readonly runtime?: string
    readonly pull: boolean
    readonly build: boolean
    readonly registry?: string
  }
  readonly catalogue: Catalogue
  readonly initPath: string
}

/** Checks everything that programs need of the engine. Changes nothing: no pull, no build, no container. Does not throw. */
export async function diagnoseDocker(options: DiagnoseOptions): Promise<readonly Diagnosis[]> {
  const { settings, catalogue, initPath } = options
  const signal = AbortSignal.timeout(deadlineMs)
  const engine = new DockerEngine(settings.dockerHost)
  const init = await diagnoseInit(initPath)
  let facts: EngineFacts
  try {
    facts = await readFacts(engine, signal)
  } catch (error) {
    return [unreachable(error, settings.dockerHost), init]
  }
  const images = await diagnoseImages(engine, options, signal)
  const source = await diagnoseImageSource(engine, { settings, needed: images.missing > 0 }, signal)
  const disk = await diagnoseEngineDisk(facts, settings.dockerHost)
  return [
    ...judgeEngine(facts, settings.runtime || undefined),
    init,
    ...(catalogue.families().length > 0 ? [images.diagnosis] : []),
    source,
    ...(disk ? [disk] : []),
  ]
}

async function readFacts(engine: DockerEngine, signal: AbortSignal): Promise<EngineFacts> {
  // The library's types promise more than engines say.
  const version = await engine.call('say its version', signal, client => client.version() as Promise<unknown>)
  const info = await engine.call('describe itself', signal, client => client.info() as Promise<EngineFacts['info']>)
  return { version: version as EngineFacts['version'], info }
}

function unreachable(error: unknown, host: string | undefined): Diagnosis {
  const address = engineAddress(host)
  const message = error instanceof Error ? error.message : String(error)
  const cause = error instanceof Error ? error.cause : undefined
  if (
    isTlsError(cause) ||
    message.includes('DOCKER_CERT_PATH') ||
    message.includes('HTTP request to an HTTPS server')
  ) {
    return {
      check: 'engine',
      status: 'failed',
      detail: `no connection that is trusted to ${address}: ${message}`,
      remedy:
        'Name the folder with ca.pem (of the authority that signed the engine’s certificate), cert.pem and key.pem in DOCKER_CERT_PATH, set DOCKER_TLS_VERIFY=1, and use a name that is in the engine’s certificate.',
    }
  }
  return {
    check: 'engine',
    status: 'failed',
    detail: `nothing answers at ${address}: ${message}`,
    remedy: message.includes('EACCES')
      ? 'Add this user to the group "docker" and log in again, or use sudo.'
      : 'Start the Docker Engine (`systemctl start docker`), or name another one in DOCKER_HOST. As root on Debian or Ubuntu, `./run-it run` installs and starts it.',
  }
}

async function diagnoseInit(initPath: string): Promise<Diagnosis> {
  return (await isExecutable(initPath))
    ? { check: 'init', status: 'ok', detail: `built: ${initPath}` }
    : {
        check: 'init',
        status: 'failed',
        detail: `the program inside the sandboxes is not built: ${initPath}`,
        remedy: 'Run `scripts/build-init.sh`; it needs a C compiler (Debian: `apt-get install gcc`).',
      }
}

async function diagnoseImages(
  engine: DockerEngine,
  { settings, catalogue }: DiagnoseOptions,
  signal: AbortSignal,
): Promise<{ readonly diagnosis: Diagnosis; readonly missing: number }> {
  const images = new Images(engine, {
    pull: false,
    build: false,
    registry: { ...plainRegistry, prefix: settings.registry ?? '' },
    measureVersion: () => Promise.reject(new Error('a diagnosis runs nothing')),
  })
  const present: string[] = []
  const missing: string[] = []
  try {
    for (const { name } of catalogue.families()) {
      const candidates: readonly Environment[] = catalogue.resolve(name)
      const [image] = await images.present(candidates, signal)
      if (image) present.push(`${name}@${image.version}`)
      else missing.push(name)
    }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    const remedy = 'See the check "engine", and try again.'
    return { diagnosis: { check: 'images', status: 'failed', detail, remedy }, missing: 1 }
  }
  const all = present.length + missing.length
  const detail = `${present.length} of ${all} environments have theirs here${present.length > 0 ? `: ${present.join(', ')}` : ''}`
  // Nobody needs them all: one shows that they can be had.
  if (present.length > 0) return { diagnosis: { check: 'images', status: 'ok', detail }, missing: missing.length }
  const remedy = `The first run fetches the image. To fetch one now: \`run-it env pull ${missing[0]}\`.`
  return { diagnosis: { check: 'images', status: 'warning', detail, remedy }, missing: missing.length }
}

/** Where an image that is not here could come from: a registry that the engine reaches, or Debian's packages. */
async function diagnoseImageSource(
  engine: DockerEngine,
  { settings, needed }: { readonly settings: DiagnoseOptions['settings']; readonly needed: boolean },
  signal: AbortSignal,
): Promise<Diagnosis> {
  const check = 'image source'
  if (settings.pull && (await registryAnswers(engine, settings.registry ?? '', signal)))
    return { check, status: 'ok', detail: 'the engine reaches the registry: images are pulled' }
  const why = settings.pull ? 'the engine reaches no registry' : 'pulling is turned off'
  if (!settings.build) {
    const remedy = 'Let the engine reach a registry, set "registry" to a mirror, or turn "build" on.'
    return { check, status: needed ? 'failed' : 'warning', detail: `${why}, and building is turned off`, remedy }
  }
  const bases = ['debian:bookworm-slim', 'run-it/debian:bookworm']
  if ((await Promise.all(bases.map(base => isPresent(engine, base, signal)))).includes(true))
    return { check, status: 'ok', detail: `${why}: images are built from Debian's packages, whose base image is here` }
  if (process.getuid?.() === 0 && (await isInPath('debootstrap')))
    return { check, status: 'ok', detail: `${why}: images are built from Debian's packages, the base by debootstrap` }
  return {
    check,
    status: needed ? 'failed' : 'warning',
    detail: `${why}, and without root and debootstrap no base image can be made`,
    remedy:
      'Let the engine reach a registry, or as root: `apt-get install debootstrap`, then `run-it env pull python`.',
  }
}

async function registryAnswers(engine: DockerEngine, registry: string, signal: AbortSignal): Promise<boolean> {
  const prefix = registry === '' || registry.endsWith('/') ? registry : `${registry}/`
  const reference = registry === '' ? 'debian:bookworm-slim' : `${prefix}library/debian:bookworm-slim`
  try {
    const ask = (client: { getImage(name: string): { distribution(): Promise<unknown> } }) =>
      client.getImage(reference).distribution()
    await engine.call('ask the registry', signal, ask, registryDeadlineMs)
    return true
  } catch (error) {
    // A registry that says "no such image" or "not for you" is one that answers.
    return error instanceof Error && /manifest unknown|not found|unauthorized|denied/i.test(error.message)
  }
}

async function isPresent(engine: DockerEngine, reference: string, signal: AbortSignal): Promise<boolean> {
  return await engine
    .call('inspect an image', signal, client => client.getImage(reference).inspect())
    .then(
      () => true,
      () => false,
    )
}

/** Only of an engine on this machine: of another one's disks nothing can be known. */
async function diagnoseEngineDisk(facts: EngineFacts, host: string | undefined): Promise<Diagnosis | undefined> {
  const address = engineAddress(host)
  const folder = facts.info.DockerRootDir
  if (!address.startsWith('unix://') || folder === undefined) return undefined
  const disk = await statfs(folder).catch(() => undefined)
  if (disk === undefined) return undefined
  const freeBytes = disk.bavail * disk.bsize
  const detail = `${(freeBytes / gibibyte).toFixed(1)} GiB free for images in ${folder}`
  if (freeBytes >= enoughDiskBytes) return { check: 'engine disk', status: 'ok', detail }
  const remedy = 'Make room: `docker image prune` removes images that nothing uses.'
  return { check: 'engine disk', status: freeBytes < gibibyte ? 'failed' : 'warning', detail, remedy }
}

async function isInPath(command: string): Promise<boolean> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  const found = await Promise.all(folders.map(folder => isExecutable(join(folder, command))))
  return found.includes(true)
}

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
