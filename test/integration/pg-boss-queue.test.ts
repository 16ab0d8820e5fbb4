import { after, before } from 'node:test'
import { queueContract } from '../contract/queue.ts'
import { TestPostgres } from '../support/postgres.ts'
import { openShared, silenceHolders } from '../support/shared-house.ts'

let postgres: TestPostgres
before(async () => {
  postgres = await TestPostgres.start()
})
after(() => postgres[Symbol.asyncDispose]())

queueContract('the queue on pg-boss', async () => {
  const { database, queue, anotherQueue, close } = await openShared(await postgres.createDatabase())
  const restart = async () => {
    await silenceHolders(database)
    return await anotherQueue()
  }
  return { database, queue, restart, close }
})
