// Makes present what the tests need of images: some environments, and the Debian base, whose name it prints on stdout. So that no
// test waits for a pull or a build, which may take longer than a test may. All environments are for `npm run test:environments`.
import { fileURLToPath } from 'node:url'
import { createProgressView } from '../src/cli/progress-view.ts'
import { Catalogue } from '../src/environment/catalogue.ts'
import { BaseImage } from '../src/platform/docker/base-image.ts'
import { DockerPlatform } from '../src/platform/docker/docker-platform.ts'
import { DockerEngine } from '../src/platform/docker/engine.ts'

const environments = fileURLToPath(new URL('../environments', import.meta.url))
const initPath = fileURLToPath(new URL('../init/build/run-it-init', import.meta.url))
/** The last four because they are small: `env test` is tested with them. */
const needed = ['bash', 'c', 'go', 'javascript', 'python', 'awk', 'brainfuck', 'lua', 'sql']
const signal = AbortSignal.timeout(30 * 60_000)

using view = createProgressView(process.stderr)
const catalogue = await Catalogue.load([environments])
const platform = new DockerPlatform({ installationId: 'tests', initPath, cpus: 1, pull: true, build: true })
for (const name of needed) {
  await platform.prepare(catalogue.resolve(name), progress => view.show(progress), signal)
}
await platform.close()
const base = await new BaseImage(new DockerEngine(undefined)).ensure(progress => view.show(progress), signal)
view.clear()
process.stdout.write(base)
