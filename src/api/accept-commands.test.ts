import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem } from '../../test/support/assert-answer.ts'
import { exampleApi, finish, take } from '../../test/support/example-api.ts'
import { Catalogue } from '../environment/catalogue.ts'

const shipped = await Catalogue.load([new URL('../../environments', import.meta.url).pathname])

async function apiOf(context: Parameters<typeof exampleApi>[0]) {
  const families = shipped.families().map(family => ({ ...family, commands: family.name !== 'go' }))
  const parts = { catalogue: new Catalogue(families) }
  const api = await exampleApi(context, { parts })
  const submit = (body: object) => api.app.inject({ method: 'POST', url: '/v1/runs', body: { source: '', ...body } })
  return { ...api, submit }
}

test('a run keeps the commands that it brings, and so does its repetition', async context => {
  const house = await apiOf(context)
  const commands = { compile: { command: ['make', '{main}'] }, run: { command: ['./main', ''] } }
  const id = (await house.submit({ environment: 'c', ...commands })).json().id
  const lease = await take(house)
  assert.deepEqual(lease.run.request.commands, { compile: ['make', '{main}'], run: ['./main', ''] })
  await finish(house, lease, 0)
  const again = await house.app.inject({ method: 'POST', url: `/v1/runs/${id}/rerun` })
  assert.equal(again.statusCode, 202, again.body)
  assert.deepEqual((await house.runs.find(again.json().id))?.request.commands, lease.run.request.commands)
})

test('a run without commands has none of its own', async context => {
  const house = await apiOf(context)
  await house.submit({ environment: 'c', compile: { limits: { wallTimeMs: 100 } }, run: {} })
  assert.equal((await take(house)).run.request.commands, undefined)
})

test('a compile stage of its own has the disk that compilers need, and none has none', async context => {
  const { submit } = await apiOf(context)
  const plain = (await submit({ environment: 'python' })).json()
  const compiled = (await submit({ environment: 'python', compile: { command: ['make'] } })).json()
  assert.ok(compiled.limits.diskBytes > plain.limits.diskBytes)
  const uncompiled = (await submit({ environment: 'c', compile: { command: [] } })).json()
  assert.equal(uncompiled.limits.diskBytes, plain.limits.diskBytes)
})

test('commands that cannot be are refused, with where', async context => {
  const { submit } = await apiOf(context)
  const cases: readonly (readonly [object, string])[] = [
    [{ run: { command: [] } }, '/run/command'],
    [{ run: { command: 'make' } }, '/run/command'],
    [{ run: { command: [1] } }, '/run/command/0'],
    [{ run: { command: [''] } }, '/run/command/0'],
    [{ compile: { command: [' '] } }, '/compile/command/0'],
    [{ compile: { command: ['a', 'b\0c'] } }, '/compile/command/1'],
    [{ run: { command: ['a', '\ud800'] } }, '/run/command/1'],
    [{ run: { command: ['a', 'x'.repeat(100 * 1024)] } }, '/run/command'],
    [{ run: { command: Array.from({ length: 257 }, () => 'x') } }, '/run/command'],
    [{ run: { command: ['a'], limits: {} } }, '/run/limits'],
  ]
  for (const [body, pointer] of cases) {
    const problem = assertProblem(await submit({ environment: 'c', ...body }), 400, 'invalid-request')
    assert.equal(problem.errors?.[0]?.pointer, pointer, JSON.stringify(body).slice(0, 100))
  }
})

test('an environment that allows no commands takes none, and says so', async context => {
  const { app, submit } = await apiOf(context)
  for (const [stage, command] of [
    ['compile', []],
    ['compile', ['make']],
    ['run', ['make']],
  ] as const) {
    const refused = await submit({ environment: 'go', [stage]: { command } })
    const problem = assertProblem(refused, 422, 'command-not-allowed')
    assert.equal(problem.errors?.[0]?.pointer, `/${stage}/command`)
  }
  assert.equal((await app.inject('/v1/environments/go')).json().commands, false)
  assert.equal((await app.inject('/v1/environments/c')).json().commands, true)
})

test('a run is not repeated where its environment allows its commands no more', async context => {
  const house = await apiOf(context)
  const id = (await house.submit({ environment: 'c', run: { command: ['make'] } })).json().id
  await finish(house, await take(house), 0)
  const { app } = await exampleApi(context, {
    parts: { runs: house.runs, catalogue: new Catalogue(shipped.families().map(f => ({ ...f, commands: false }))) },
  })
  assertProblem(await app.inject({ method: 'POST', url: `/v1/runs/${id}/rerun` }), 422, 'command-not-allowed')
})
