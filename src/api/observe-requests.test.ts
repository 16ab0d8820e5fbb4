import assert from 'node:assert/strict'
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { exampleApi, post } from '../../test/support/example-api.ts'
import { waitFor } from '../../test/support/wait-for.ts'
import { createLog } from '../telemetry/log.ts'
import type { RequestAnswered, RequestTrace } from '../telemetry/observation.ts'
import type { Observer } from '../telemetry/observer.ts'

async function observedApi(context: TestContext, traces: readonly RequestTrace[] = []) {
  const told: RequestAnswered[] = []
  let arrived = 0
  const observer: Observer = {
    log: createLog({ level: 'silent', format: 'json' }),
    tell: observation => {
      if (observation.type === 'request-answered') told.push(observation)
    },
    trace: () => traces[arrived++],
  }
  const api = await exampleApi(context, { parts: { observer } })
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
  const next = (count: number) => waitFor(`${count} requests`, () => told.length >= count && told)
  return { ...api, told, url, next, arrived: () => arrived }
}

test('each request is told of once, with its route instead of its address', async context => {
  const { url, next, app } = await observedApi(context)
  const id = await post(app)
  await fetch(`${url}/v1/runs/${id}?a=b`)
  await fetch(`${url}/v1/runs/nobody`)
  await fetch(`${url}/nowhere/${id}`, { method: 'DELETE' })
  await fetch(`${url}/health/live`, { method: 'PUT' })
  const told = await next(5)
  assert.deepEqual(
    told.map(({ method, route, status }) => [method, route, status]),
    [
      ['POST', '/v1/runs', 202],
      ['GET', '/v1/runs/:id', 200],
      ['GET', '/v1/runs/:id', 404],
      ['DELETE', undefined, 404],
      ['PUT', undefined, 405],
    ],
  )
  assert.ok(told.every(({ durationMs }) => durationMs >= 0))
})

test('a client that goes away in the middle is told of, with the status that it got, if any', async context => {
  const { url, next, app, arrived } = await observedApi(context)
  const id = await post(app)
  const followed = get(`${url}/v1/runs/${id}/events`, response => response.once('data', () => followed.destroy()))
  followed.on('error', () => {})
  const waiting = get(`${url}/v1/runs/${id}`, { headers: { prefer: 'wait=30' } })
  waiting.on('error', () => {})
  await waitFor('all to arrive', () => arrived() === 3)
  await next(2)
  waiting.destroy()
  const told = await next(3)
  assert.deepEqual(
    new Set(told.slice(1).map(({ route, status }) => `${route} ${status}`)),
    new Set(['/v1/runs/:id/events 200', '/v1/runs/:id undefined']),
  )
})

test('a WebSocket is one request, until it ends', async context => {
  const { url, next, app, told } = await observedApi(context)
  const id = await post(app, { environment: 'python', source: 'input()', interactive: true })
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/runs/${id}/terminal`, 'run-it')
  await waitFor('the connection', () => socket.readyState === WebSocket.OPEN)
  assert.equal(told.length, 1)
  socket.close()
  const [, terminal] = await next(2)
  assert.deepEqual([terminal?.route, terminal?.status], ['/v1/runs/:id/terminal', 101])
})

test('a run keeps the place in a trace that its request has, and one that is run again gets a new one', async context => {
  const [first, second] = ['a', 'b'].map(digit => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`)
  const { app, runs } = await observedApi(context, [{ traceparent: `${first}` }, { traceparent: `${second}` }])
  const id = await post(app)
  assert.equal((await runs.find(id))?.request.trace, first)
  const again = await app.inject({ method: 'POST', url: `/v1/runs/${id}/rerun` })
  assert.equal(again.statusCode, 202, again.body)
  assert.equal((await runs.find(again.json().id))?.request.trace, second)
  const untraced = await app.inject({ method: 'POST', url: `/v1/runs/${id}/rerun` })
  assert.equal((await runs.find(untraced.json().id))?.request.trace, undefined)
  assert.ok(!(await app.inject({ url: `/v1/runs/${id}` })).body.includes(`${first}`))
})
