import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { FakeEngine, json, messages } from '../../../test/support/fake-engine.ts'
import { PlatformError } from '../platform-error.ts'
import { BaseImage } from './base-image.ts'
import { DockerEngine } from './engine.ts'

const never = new AbortController().signal

/** A machine on which these are the only programs. */
async function withPrograms(context: TestContext, programs: Readonly<Record<string, string>>): Promise<FakeEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'run-it-programs-'))
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(folder, name), 0o755)
  }
  const path = process.env.PATH
  process.env.PATH = folder
  const engine = await FakeEngine.start()
  engine.on(/^GET \/images\//, json(404, { message: 'no such image' }))
  engine.on(/^DELETE \/images\//, json(200, []))
  engine.on(/^POST \/images\/create$/, (response, request) => {
    // A pull brings nothing, an import brings the archive.
    if (request.url?.includes('fromImage')) return messages({ error: 'dial tcp: no such host' })(response, request)
    request.resume().on('end', () => messages({ status: 'imported' })(response, request))
  })
  const { getuid } = process
  process.getuid = () => 0
  context.after(async () => {
    process.env.PATH = path
    process.getuid = getuid
    await engine.close()
    await rm(folder, { recursive: true })
  })
  return engine
}

function isUnavailable(why: RegExp): (error: unknown) => boolean {
  return error => error instanceof PlatformError && error.code === 'environment-unavailable' && why.test(error.message)
}

test('a machine without tar cannot make the base image, and says so', async context => {
  const engine = await withPrograms(context, { debootstrap: 'exit 0' })
  const base = new BaseImage(new DockerEngine(engine.host))
  await assert.rejects(
    base.ensure(() => {}, never),
    isUnavailable(/tar could not be started/),
  )
})

test('an archive that was not packed whole leaves no image behind', async context => {
  const engine = await withPrograms(context, { debootstrap: 'exit 0', tar: 'echo half; exit 2' })
  const base = new BaseImage(new DockerEngine(engine.host))
  await assert.rejects(
    base.ensure(() => {}, never),
    isUnavailable(/tar exited with 2/),
  )
  assert.ok(engine.calls.includes('DELETE /images/run-it/debian:bookworm'))
})

test('a base image that was imported is used', async context => {
  const engine = await withPrograms(context, { debootstrap: 'exit 0', tar: 'echo whole' })
  const base = new BaseImage(new DockerEngine(engine.host))
  assert.equal(await base.ensure(() => {}, never), 'run-it/debian:bookworm')
})

test('a base image that was made here installs as little as the published one', async context => {
  // Packing fails unless the settings are there by then.
  const packs =
    'case "$*" in *--exclude=./usr/share/man/*) ;; *) exit 3 ;; esac; [ -s "$2/etc/dpkg/dpkg.cfg.d/slim" ] && [ -s "$2/etc/apt/apt.conf.d/slim" ]'
  const engine = await withPrograms(context, { debootstrap: 'exit 0', tar: `${packs} && echo whole` })
  const base = new BaseImage(new DockerEngine(engine.host))
  assert.equal(await base.ensure(() => {}, never), 'run-it/debian:bookworm')
})
