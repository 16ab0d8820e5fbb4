import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { exampleHouse } from '../../test/support/example-house.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import { FakePlatform } from '../platform/fake/fake-platform.ts'
import { openMemoryDatabase } from '../store/sqlite/open-sqlite-database.ts'
import { createObserver } from '../telemetry/create-observer.ts'
import { createLog } from '../telemetry/log.ts'
import { PlatformMonitor } from './platform-monitor.ts'
import { Removals } from './removals.ts'
import { serveClaim } from './slot.ts'

test('a slot whose worker is gone tries no longer to write, and leaves the run to recovery', async context => {
  const database = await openMemoryDatabase()
  const { lifecycle, queue, runs, terminals } = exampleHouse(database)
  context.after(async () => {
    await queue.close()
    await database.close()
  })
  const stopped = new AbortController()
  lifecycle.finish = async () => {
    stopped.abort()
    throw new Error('the database is closed')
  }
  lifecycle.handBack = async () => {
    throw new Error('the database is closed')
  }
  const { id } = await lifecycle.submit(exampleRun())
  const never = new AbortController().signal
  const claim = await queue.claim('worker', never)
  assert.ok(claim)
  const platform = new FakePlatform({ program: () => () => undefined })
  const destination = new Writable({ write: (_chunk, _encoding, done) => done() })
  const removals = new Removals(1)
  await serveClaim(
    {
      workerId: 'worker',
      platform,
      monitor: new PlatformMonitor(platform),
      resolve: () => [
        {
          name: 'fake',
          version: '1.0.0',
          source: { kind: 'registry', reference: 'fake:1.0.0' },
          recipe: { run: ['program'], env: {} },
          extensions: [],
        },
      ],
      pinned: () => [],
      queue,
      lifecycle,
      runs,
      terminals,
      hints: database.hints,
      observer: createObserver(createLog({ level: 'silent', format: 'json', destination })),
      removals,
      stopped: stopped.signal,
      artifactLimits: { maxFiles: 1, maxBytes: 1 },
      onImage: () => {},
    },
    claim,
    never,
  )
  await removals.settled()
  assert.equal(platform.sandboxCount, 0)
  assert.deepEqual(await lifecycle.recover(), [id])
})
