import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from './config/config-error.ts'
import type { Settings } from './config/settings.ts'
import { Catalogue } from './environment/catalogue.ts'
import type { Environment } from './environment/environment.ts'
import { type NewFamily, type WrittenFamily, writeNewFamily } from './environment/new-family.ts'

const shippedEnvironments = fileURLToPath(new URL('../environments', import.meta.url))

type Folders = Pick<Settings, 'dataDirectory' | 'environmentsDirectory' | 'environments'>

/** Those that come with the project, then the operator's own: in his data directory, and where he says. */
export async function installedEnvironments(settings: Folders): Promise<Catalogue> {
  const { environmentsDirectory = shippedEnvironments, environments } = settings
  const own = ownFolder(settings)
  return await Catalogue.load([environmentsDirectory, existsSync(own) ? own : undefined, environments])
}

/** `run-it env new`: beside the operator's other ones. */
export async function newEnvironment(settings: Folders, family: NewFamily): Promise<WrittenFamily> {
  const folder = settings.environments ?? ownFolder(settings)
  // Where nothing is yet, there is nothing to read.
  const catalogue = await installedEnvironments({ ...settings, environments: existsSync(folder) ? folder : undefined })
  return await writeNewFamily(folder, family, catalogue)
}

function ownFolder({ dataDirectory }: Folders): string {
  return join(dataDirectory, 'environments')
}

/** Where their images are pulled from. */
export function registryOf(settings: Settings) {
  const { registry: prefix = '', registryUser: user, registryPassword: password, imagePlatform } = settings
  if ((user === undefined) !== (password === undefined)) {
    throw new ConfigError(['registryUser and registryPassword belong together; one of them is missing'])
  }
  return {
    prefix,
    ...(user !== undefined && password !== undefined && { credentials: { user, password } }),
    ...(imagePlatform !== undefined && { imagePlatform }),
    stallMs: settings.pullStallTimeoutMs,
    deadlineMs: settings.pullTimeoutMs,
  }
}

/** When their images go. `pins` are to be at hand always. */
export function imageRulesOf(
  { keepImagesMs: keepMs, maxImageBytes: maxBytes }: Settings,
  pins: readonly { readonly candidates: readonly Environment[] }[],
) {
  return { keepMs, maxBytes, pinned: pins.flatMap(({ candidates }) => candidates) }
}
