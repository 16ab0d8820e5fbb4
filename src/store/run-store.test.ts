import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { exampleHouse } from '../../test/support/example-house.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import { newRunId } from '../run/id.ts'
import type { Run } from '../run/run.ts'
import type { RunFilter } from './run-store.ts'
import { openMemoryDatabase } from './sqlite/open-sqlite-database.ts'

const never = new AbortController().signal

async function open(context: TestContext) {
  const house = exampleHouse(await openMemoryDatabase())
  context.after(async () => {
    await house.queue.close()
    await house.database.close()
  })
  return house
}

/** Ids that sort as they were made, also within one millisecond. */
function orderedRuns(count: number, parts: (index: number) => Partial<ReturnType<typeof exampleRun>> = () => ({})) {
  const ids = Array.from({ length: count }, newRunId).sort()
  return ids.map((id, index) => exampleRun({ id, ...parts(index) }))
}

test('a list is newest first, in pages that meet without gap or overlap', async context => {
  const { lifecycle, runs } = await open(context)
  const submitted = orderedRuns(7)
  for (const run of submitted) await lifecycle.submit(run)
  const pages: (readonly Run[])[] = []
  let page = await runs.list({}, { limit: 3 })
  pages.push(page.runs)
  while (page.next !== undefined) {
    page = await runs.list({}, { limit: 3, after: page.next })
    pages.push(page.runs)
  }
  assert.deepEqual(
    pages.map(found => found.length),
    [3, 3, 1],
  )
  assert.deepEqual(
    pages.flat().map(run => run.id),
    submitted.map(run => run.id).reverse(),
  )
})

test('a page that ends with the last run has no next one', async context => {
  const { lifecycle, runs } = await open(context)
  for (const run of orderedRuns(2)) await lifecycle.submit(run)
  assert.equal((await runs.list({}, { limit: 2 })).next, undefined)
  assert.deepEqual(await runs.list({ state: 'finished' }, { limit: 2 }), { runs: [], next: undefined })
})

test('a listed run has all of its row, and none of what is large in its request', async context => {
  const { lifecycle, runs } = await open(context)
  const submitted = await lifecycle.submit(exampleRun({ labels: { a: 'b' } }))
  const [listed] = (await runs.list({}, { limit: 1 })).runs
  const empty = { files: [], args: [], stdin: { content: '', encoding: 'utf8' }, env: {} }
  const { artifacts, ...rest } = submitted
  assert.deepEqual(artifacts, [])
  assert.deepEqual(listed, { ...rest, request: { ...submitted.request, ...empty } })
})

test('filters pick by state, outcome, family and label, alone and together', async context => {
  const { lifecycle, queue, runs } = await open(context)
  const [first, second, third, fourth] = orderedRuns(4, index => ({
    family: index % 2 === 0 ? 'python' : 'go',
    labels: { course: index < 3 ? 'cs1' : 'cs2', index: String(index) },
  }))
  for (const run of [first, second, third, fourth]) if (run) await lifecycle.submit(run)
  const claim = await queue.claim('worker', never)
  const lease = claim && (await lifecycle.begin(claim, 'worker'))
  assert.ok(lease && second && first && third && fourth)
  await lifecycle.finish(lease, { outcome: { kind: 'exited', code: 1 }, stages: [] }, [])
  await lifecycle.cancel(second.id)
  const ids = async (filter: RunFilter) => (await runs.list(filter, { limit: 10 })).runs.map(run => run.id)
  assert.deepEqual(await ids({ state: 'finished' }), [second.id, first.id])
  assert.deepEqual(await ids({ state: 'queued' }), [fourth.id, third.id])
  assert.deepEqual(await ids({ outcome: 'canceled' }), [second.id])
  assert.deepEqual(await ids({ environment: 'python' }), [third.id, first.id])
  assert.deepEqual(await ids({ label: { name: 'course', value: 'cs1' } }), [third.id, second.id, first.id])
  assert.deepEqual(await ids({ label: { name: 'course', value: 'cs3' } }), [])
  assert.deepEqual(await ids({ label: { name: 'course', value: 'cs1' }, environment: 'go', outcome: 'canceled' }), [
    second.id,
  ])
  const page = await runs.list({ label: { name: 'course', value: 'cs1' } }, { limit: 1, after: third.id })
  assert.deepEqual([page.runs[0]?.id, page.next], [second.id, second.id])
})

test('a family that was not told is what the request says before the version', async context => {
  const { lifecycle, runs } = await open(context)
  const { id } = await lifecycle.submit(exampleRun())
  assert.equal((await runs.list({ environment: 'python' }, { limit: 1 })).runs[0]?.id, id)
})

test('the family that ran is the one that a list finds', async context => {
  const { lifecycle, queue, runs } = await open(context)
  const { id } = await lifecycle.submit(exampleRun({ family: 'py' }))
  const claim = await queue.claim('worker', never)
  const lease = claim && (await lifecycle.begin(claim, 'worker'))
  assert.ok(lease)
  await lifecycle.running(lease, { name: 'python', version: '3.11.2', digest: 'sha256:1' })
  assert.equal((await runs.list({ environment: 'python' }, { limit: 1 })).runs[0]?.id, id)
})

test('a run that is to end says so, and so does one that is gone', async context => {
  const { lifecycle, queue, runs } = await open(context)
  const { id } = await lifecycle.submit(exampleRun())
  await queue.claim('worker', never)
  assert.equal(await runs.isCancelRequested(id), false)
  await lifecycle.cancel(id)
  assert.equal(await runs.isCancelRequested(id), true)
  assert.equal(await runs.isCancelRequested(newRunId()), true)
})
