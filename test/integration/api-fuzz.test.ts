import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { RunItClient } from '../../sdk/src/client.ts'
import { startServer } from '../../src/app.ts'
import { loadSettings } from '../../src/config/load-settings.ts'
import { FakePlatform } from '../../src/platform/fake/fake-platform.ts'
import { createObserver } from '../../src/telemetry/create-observer.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { OpenApi, type RawAnswer } from '../support/open-api.ts'
import { rawRequest } from '../support/raw-request.ts'
import { type FuzzedRequest, type Pool, requestArbitrary } from '../support/request-arbitrary.ts'
import { isShared, shapeVariables } from '../support/shape.ts'

const requestsAtOnce = 20
/** The second shape has the same API: there it is about its SQL. */
const rounds = isShared ? 200 : 500
const keptIds = 50
const longestMs = 150_000

/**
 * Remembers the ids of what was made, of the last few of each kind. Few of the runs that come and go have made a file, and few of
 * those are still there when somebody asks for it: one that has is known to whoever reads artifacts alone, so that nobody deletes it.
 */
class IdPool implements Pool {
  readonly authorizations: readonly string[]
  readonly #withArtifact: string
  readonly #ids = new Map<string, string[]>()

  constructor(authorizations: readonly string[], withArtifact: string) {
    this.authorizations = authorizations
    this.#withArtifact = withArtifact
  }

  idsFor(path: string): readonly string[] {
    if (path.startsWith('/v1/environments')) return ['python', 'go', 'golang', 'bash@5.3', 'go@1.16.4']
    const ids = this.#ids.get(path.split('/')[2] ?? '') ?? []
    return path.includes('/artifacts/') ? [this.#withArtifact, ...ids.slice(-9)] : ids
  }

  learn(path: string, { status, body }: RawAnswer): void {
    if (status < 200 || status > 202 || body.length === 0) return
    const kind = path.endsWith('/pull') ? 'operations' : (path.split('/')[2] ?? '')
    const ids = this.#ids.get(kind) ?? []
    this.#ids.set(kind, [...ids, JSON.parse(body.toString()).id].slice(-keptIds))
  }
}

test(`${rounds * requestsAtOnce} requests made after the document, right and nearly right, get an answer that the document has`, {
  timeout: 170_000,
}, async context => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'run-it-test-'))
  let log = ''
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      log = (log + chunk).slice(-20_000)
      done()
    },
  })
  const flags = {
    dataDirectory,
    port: '0',
    slots: '4',
    maxQueuedRuns: '200',
    maxRequestBytes: '256KiB',
    // Interactive runs would hold the slots for an hour, and whoever waits for another run would wait in vain.
    maxWallTimeMs: '200ms',
    drainTimeoutMs: '1s',
  }
  const variables = await shapeVariables(dataDirectory)
  const settings = loadSettings({ flags, variables, folder: '/', usesFolderFile: false, isTerminal: false })
  const observer = createObserver(createLog({ level: 'error', format: 'json', destination }))
  const platform = new FakePlatform()
  const server = await startServer(settings, observer, platform)
  const agent = new Agent({ keepAlive: true })
  context.after(async () => {
    agent.destroy()
    await server.close()
    await rm(dataDirectory, { recursive: true, force: true })
  })
  const document = await (await fetch(`${server.url}/openapi.json`)).json()
  const api = new OpenApi(document)
  const { admin, texts } = await authorizations(server.url)
  const saving = { environment: 'python', source: 'save out.txt hi', artifacts: ['*.txt'] }
  const { id } = await admin.runs.submit(saving)
  await admin.runs.wait(id, { signal: context.signal })
  const pool = new IdPool(texts, id)
  const answered = new Map<string, number>()

  const send = async ({ operation, make }: FuzzedRequest): Promise<void> => {
    const request = make(pool)
    try {
      const answer = await rawRequest(server.url, request, agent)
      api.assertAnswer(operation, answer)
      if (operation.method === 'POST') pool.learn(operation.path, answer)
      const kind = `${operation.operationId} ${answer.status < 300 ? 'done' : 'refused'}`
      answered.set(kind, (answered.get(kind) ?? 0) + 1)
    } catch (error) {
      throw new Error(`${JSON.stringify(request).slice(0, 5_000)}\n${log}`, { cause: error })
    }
  }
  const many = fc.array(requestArbitrary(api.operations), { minLength: requestsAtOnce, maxLength: requestsAtOnce })
  const property = fc.asyncProperty(many, async requests => {
    await Promise.all(requests.map(send))
  })
  // The message names the request; making it smaller would change what the server went through before. A machine that is busy with
  // something else does fewer.
  await fc.assert(property, { numRuns: rounds, endOnFailure: true, interruptAfterTimeLimit: longestMs })

  const sum = [...answered.values()].reduce((total, count) => total + count, 0)
  const isComplete = sum === rounds * requestsAtOnce
  context.diagnostic(`${sum} requests were answered${isComplete ? '' : `: stopped after ${longestMs} ms`}`)
  if (isComplete) {
    for (const { operationId, path } of api.operations) {
      // A terminal is a WebSocket, and a plain request of it is refused; deliveries need a webhook that can be reached.
      const isPlain = !/\/(terminal|deliveries)$/.test(path)
      assert.ok(!isPlain || answered.get(`${operationId} done`), `${operationId} never did what it is for`)
    }
  }
  assert.equal(log, '')
  assert.deepEqual(platform.violations, [])
})

/** Mostly those that may do everything; also those that may not, and what is none. */
async function authorizations(baseUrl: string) {
  const first = await new RunItClient({ baseUrl }).keys.create({ name: 'admin', scopes: ['admin'] })
  const admin = new RunItClient({ baseUrl, key: first.secret })
  const narrow = {
    environments: ['python'],
    maxConcurrentRuns: 1,
    runsPerMinute: 1000,
    limits: { memoryBytes: 2 ** 26 },
  }
  const others = [
    await admin.keys.create({ name: 'narrow', ...narrow }),
    await admin.keys.create({ name: 'reader', scopes: ['read'] }),
  ]
  const texts = [...Array.from({ length: 12 }, () => first.secret), ...others.map(key => key.secret)]
  const none = ['', 'Bearer x', `Bearer ${first.secret}x`, 'Basic eDp5']
  return { admin, texts: [...texts.map(text => `Bearer ${text}`), ...none] }
}
