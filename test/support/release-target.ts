import { startServer } from '../../src/app.ts'
import { loadSettings } from '../../src/config/load-settings.ts'
import { FakePlatform } from '../../src/platform/fake/fake-platform.ts'
import { postgresRelease } from '../../src/store/postgres/postgres-release.ts'
import { createObserver } from '../../src/telemetry/create-observer.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { releaseAfter, withMoreInRows } from './releases.ts'

/**
 * A server that takes itself for a release so many minor versions after this program's, on a fake platform and a shared database, in a process of
 * its own. Tells its parent its address, or why it could not start.
 */
const [url = '', distance = ''] = process.argv.slice(2)
const settings = loadSettings({
  flags: { port: '0', slots: '2' },
  variables: { DATABASE_URL: url },
  folder: process.cwd(),
  usesFolderFile: false,
  isTerminal: false,
})
const observer = createObserver(createLog({ level: 'warn', format: 'json' }))
const release = releaseAfter(Number(distance), postgresRelease)
try {
  const given = Number(distance) > 0 ? withMoreInRows(release) : release
  const server = await startServer(settings, observer, new FakePlatform(), given)
  process.on('disconnect', () => void server.close().then(() => process.exit(0)))
  process.send?.({ url: server.url })
} catch (error) {
  process.send?.({ refusal: String(error) }, () => process.exit(1))
}
