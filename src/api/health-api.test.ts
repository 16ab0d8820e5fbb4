import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { assertProblem } from '../../test/support/assert-answer.ts'
import { exampleApi, exampleWorker } from '../../test/support/example-api.ts'
import { type ExampleKey, exampleKey } from '../../test/support/example-key.ts'
import { defaultLimits } from '../run/limits.ts'
import { createObserver } from '../telemetry/create-observer.ts'
import { createLog } from '../telemetry/log.ts'
import { createHealthApi } from './health-api.ts'

async function exampleHealthApi(context: TestContext, options: { readonly isDown?: boolean } = {}) {
  const { keys, queue } = await exampleApi(context)
  const down = async () => {
    throw new Error('the database is away')
  }
  const app = await createHealthApi({
    workers: { list: async () => [exampleWorker()] },
    queueDepth: () => queue.depth(),
    keys: options.isDown ? ({ exist: down, open: down } as Partial<typeof keys> as typeof keys) : keys,
    settings: {
      role: 'all',
      host: '0.0.0.0',
      maxRequestBytes: 1,
      maxFiles: 1,
      maxTests: 1,
      allowNetwork: false,
      ceilings: defaultLimits,
      webhooks: { urlFault: () => undefined, secretFault: () => undefined, hasSecret: false },
    },
    observer: createObserver(createLog({ level: 'silent', format: 'json' })),
    metrics: async () => 'run_it_slots 2\n',
  })
  context.after(() => app.close())
  return { app, keys }
}

test('the metrics of a worker need a key from the first one on, and its health never does', async context => {
  const { app, keys } = await exampleHealthApi(context)
  assert.equal((await app.inject({ url: '/metrics' })).body, 'run_it_slots 2\n')
  const admin = await exampleKey(keys, { scopes: ['admin'] })
  const scraper = await exampleKey(keys, { scopes: ['metrics'] })
  const reader = await exampleKey(keys, { scopes: ['read'] })
  const ask = ({ headers }: ExampleKey) => app.inject({ url: '/metrics', headers })
  assertProblem(await app.inject({ url: '/metrics' }), 401, 'unauthorized')
  assertProblem(await ask(reader), 403, 'forbidden')
  assert.equal((await ask(scraper)).statusCode, 200)
  assert.equal((await ask(admin)).statusCode, 200)
  assert.equal((await app.inject({ url: '/health/live' })).statusCode, 200)
})

test('without a key they are for this machine alone, and not for pages of others', async context => {
  const { app } = await exampleHealthApi(context)
  assertProblem(await app.inject({ url: '/metrics', remoteAddress: '192.0.2.1' }), 401, 'unauthorized')
  const headers = { host: 'evil.example' }
  assertProblem(await app.inject({ url: '/metrics', headers }), 421, 'host-not-allowed')
  assert.equal((await app.inject({ url: '/health/ready', remoteAddress: '192.0.2.1' })).statusCode, 200)
})

test('a worker lives although its database is away', async context => {
  const { app } = await exampleHealthApi(context, { isDown: true })
  assert.equal((await app.inject({ url: '/health/live' })).statusCode, 200)
  assertProblem(await app.inject({ url: '/metrics' }), 500, 'internal')
})
