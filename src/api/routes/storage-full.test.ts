import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { assertProblem } from '../../../test/support/assert-answer.ts'
import { exampleApi, finish, post, take, write } from '../../../test/support/example-api.ts'

const body = { environment: 'python', source: 'print(1)' }

test('where there is no room a run is refused with why, and when to come back', async context => {
  let shortage: 'cap' | 'disk' | undefined = 'cap'
  const { app, queue } = await exampleApi(context, { shortage: async () => shortage })
  const reply = await app.inject({ method: 'POST', url: '/v1/runs', body })
  assert.match(assertProblem(reply, 507, 'storage-full').detail, /take as much as they may/)
  assert.equal(reply.headers['retry-after'], '60')
  shortage = 'disk'
  const other = await app.inject({ method: 'POST', url: '/v1/runs', body })
  assert.match(assertProblem(other, 507, 'storage-full').detail, /disk of the data directory/)
  assert.equal(await queue.depth(), 0)
  shortage = undefined
  await post(app)
})

test('a database that says it is full is told as that, and the operator reads why', async context => {
  const { app, database, log } = await exampleApi(context)
  const limit = (pages: number) => sql`pragma max_page_count = ${sql.raw(String(pages))}`.execute(database.rows)
  const { heldBytes } = await database.space()
  await limit(heldBytes / 4096 + 2)
  const large = { ...body, source: 'x'.repeat(200_000) }
  assertProblem(await app.inject({ method: 'POST', url: '/v1/runs', body: large }), 507, 'storage-full')
  assert.match(log(), /There is no room left for the database: database or disk is full/)
  await limit(1_000_000)
  await post(app, large)
})

for (const path of ['', '/stdout']) {
  test(`a run that is deleted while ${path || 'it'} is read is not there, instead of empty`, async context => {
    const api = await exampleApi(context, {
      events: inner => ({
        read: (id, page) => inner.read(id, page),
        page: (id, page) => inner.page(id, page),
        output: async (id, select) => {
          await api.lifecycle.remove(id)
          return await inner.output(id, select)
        },
      }),
    })
    const id = await post(api.app)
    const lease = await take(api)
    await write(api, lease, 'hi')
    await finish(api, lease, 2)
    assertProblem(await api.app.inject(`/v1/runs/${id}${path}`), 404, 'run-not-found')
  })
}
