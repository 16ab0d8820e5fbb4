import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { RunItClient } from '../../sdk/src/client.ts'
import { startServer } from '../../src/app.ts'
import { loadSettings } from '../../src/config/load-settings.ts'
import { FakePlatform } from '../../src/platform/fake/fake-platform.ts'
import { createObserver } from '../../src/telemetry/create-observer.ts'
import { createLog } from '../../src/telemetry/log.ts'

export interface ExampleServer {
  readonly url: string
  readonly client: RunItClient
  readonly platform: FakePlatform
  /** All that was logged, as JSON lines. */
  log(): string
  /** Before the test's end, which does it otherwise. */
  close(): Promise<void>
}

/** The whole server of `run-it serve` in this process, over HTTP, on a fake platform. Flags are settings: `slots: '2'`. */
export async function exampleServer(
  context: Pick<TestContext, 'after'>,
  flags: Readonly<Record<string, string>> = {},
): Promise<ExampleServer> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'run-it-test-'))
  const settings = loadSettings({
    flags: { dataDirectory, port: '0', ...flags },
    variables: {},
    folder: '/',
    usesFolderFile: false,
    isTerminal: false,
  })
  let log = ''
  const destination = {
    write(line: string) {
      log += line
      return true
    },
  }
  const platform = new FakePlatform()
  const observer = createObserver(createLog({ level: 'info', format: 'json', destination }))
  const server = await startServer(settings, observer, platform)
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= server.close().then(() => rm(dataDirectory, { recursive: true, force: true }))
    return closing
  }
  context.after(close)
  return { url: server.url, client: new RunItClient({ baseUrl: server.url }), platform, log: () => log, close }
}
