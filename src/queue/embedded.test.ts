import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queueContract } from '../../test/contract/queue.ts'
import { newRunId } from '../run/id.ts'
import { openMemoryDatabase } from '../store/sqlite/open-sqlite-database.ts'
import { EmbeddedQueue } from './embedded.ts'

/** Longer than any test: what wakes a claim here is a hint. */
const noPoll = 3_600_000

queueContract('the embedded queue', async () => {
  const database = await openMemoryDatabase()
  const queues = [new EmbeddedQueue({ database, pollIntervalMs: noPoll })]
  const [queue] = queues
  assert.ok(queue)
  return {
    database,
    queue,
    restart: async () => {
      await queue.close()
      const next = new EmbeddedQueue({ database, pollIntervalMs: noPoll })
      queues.push(next)
      return next
    },
    close: async () => {
      for (const opened of queues) await opened.close()
      await database.close()
    },
  }
})

test('the embedded queue finds a run whose hint was lost', { timeout: 10_000 }, async context => {
  const database = await openMemoryDatabase()
  const queue = new EmbeddedQueue({ database, pollIntervalMs: 5 })
  context.after(async () => {
    await queue.close()
    await database.close()
  })
  const claim = queue.claim('worker', new AbortController().signal)
  await queue.depth()
  const runId = newRunId()
  await database.transaction(({ rows }) => queue.enqueue({ runId, priority: 0 }, { rows, hint: () => {} }))
  assert.equal((await claim)?.runId, runId)
})

test('the embedded queue tells its claimer when it cannot be read, and works again after', {
  timeout: 10_000,
}, async context => {
  const database = await openMemoryDatabase()
  const queue = new EmbeddedQueue({ database, pollIntervalMs: noPoll })
  context.after(async () => {
    await queue.close()
    await database.close()
  })
  const runId = newRunId()
  await database.transaction(transaction => queue.enqueue({ runId, priority: 0 }, transaction))
  await database.rows.schema.alterTable('jobs').renameTo('hidden').execute()
  await assert.rejects(queue.claim('worker', new AbortController().signal), /no such table/)
  await database.rows.schema.alterTable('hidden').renameTo('jobs').execute()
  assert.equal((await queue.claim('worker', new AbortController().signal))?.runId, runId)
})

test('the embedded queue takes nothing for somebody who left before his turn', { timeout: 10_000 }, async context => {
  const database = await openMemoryDatabase()
  const queue = new EmbeddedQueue({ database, pollIntervalMs: noPoll })
  context.after(async () => {
    await queue.close()
    await database.close()
  })
  const runId = newRunId()
  await database.transaction(transaction => queue.enqueue({ runId, priority: 0 }, transaction))
  const gate = Promise.withResolvers<void>()
  const before = database.transaction(() => gate.promise)
  const abort = new AbortController()
  const claim = queue.claim('worker', abort.signal)
  abort.abort()
  gate.resolve()
  await before
  assert.equal(await claim, undefined)
  assert.equal(await queue.depth(), 1)
})
