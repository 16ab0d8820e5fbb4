import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { begin, type ExampleHouse, exampleHouse } from '../../test/support/example-house.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import { CommitSync } from '../store/sqlite/commit-sync.ts'
import { openMemoryDatabase } from '../store/sqlite/open-sqlite-database.ts'

const exited = { outcome: { kind: 'exited', code: 0 }, stages: [] } as const
const output = { type: 'output', stage: 'run', stream: 'stdout', bytes: Buffer.from('hi\n') } as const

async function open(context: TestContext, sync = async () => {}): Promise<ExampleHouse> {
  const database = await openMemoryDatabase(new CommitSync({ sync, rescue: () => {} }))
  const house = exampleHouse(database)
  context.after(async () => {
    await house.queue.close()
    await database.close()
  })
  return house
}

test('the end of a run that has run says so where nobody did', async context => {
  const house = await open(context)
  const stories: string[][] = []
  for (const hasRun of [false, true]) {
    for (const isSaid of [false, true]) {
      const { id } = await house.lifecycle.submit(exampleRun())
      const lease = await begin(house)
      if (isSaid) await house.lifecycle.running(lease, { name: 'python', version: '3.11.2', digest: 'sha256:abc' })
      assert.equal(await house.lifecycle.finish(lease, { ...exited, hasRun }, [output]), true)
      const log = await house.events.read(id, { after: 0, limit: 100 })
      stories.push(log.map(event => (event.type === 'state' ? event.state : event.type)))
    }
  }
  const ran = ['queued', 'preparing', 'running', 'output', 'finished']
  assert.deepEqual(stories, [['queued', 'preparing', 'output', 'finished'], ran, ran, ran])
})

test('a run whose end is waited for need not be on disk to be begun, but to be read', async context => {
  let disk: Promise<void> = Promise.resolve()
  const house = await open(context, () => disk)
  const { promise, resolve } = Promise.withResolvers<void>()
  disk = promise
  const { id } = await house.lifecycle.submit(exampleRun(), undefined, { isAwaited: true })
  await begin(house)
  let isRead = false
  const reading = house.runs.stateOf(id).then(() => {
    isRead = true
  })
  for (let turns = 0; turns < 5; turns += 1) await new Promise<void>(done => setImmediate(done))
  assert.equal(isRead, false)
  resolve()
  await reading
})
