import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import type * as Sdk from '../../sdk/src/client.ts'
import { buildSdk, readmeExamples } from '../support/sdk-package.ts'
import { TestServer } from '../support/server.ts'

/** It runs as root, in a container, without a screen; and calls nobody but our server. */
const browserFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const readmePath = fileURLToPath(new URL('../../sdk/README.md', import.meta.url))

suite('the client in a browser', () => {
  let folder: string
  let server: TestServer
  let browser: BrowserContext
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'run-it-test-'))
    await buildSdk(join(folder, 'sdk'))
    server = await TestServer.start()
    browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim(),
      args: browserFlags,
      headless: true,
    })
  })
  after(async () => {
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  /** A page of the server's own origin, as a proxy in front of it would give. */
  async function open(html: string): Promise<Page> {
    const page = await browser.newPage()
    await page.route(`${server.url}/page`, route => route.fulfill({ contentType: 'text/html', body: html }))
    await page.route(`${server.url}/sdk/*.js`, async route => {
      const name = new URL(route.request().url()).pathname.slice('/sdk/'.length)
      await route.fulfill({ contentType: 'text/javascript', body: await readFile(join(folder, 'sdk', name)) })
    })
    await page.goto(`${server.url}/page`)
    return page
  }

  /** Does something with the client in a page, and answers what that gives. */
  async function inPage<Result>(work: (sdk: typeof Sdk) => Promise<Result>): Promise<Result> {
    const page = await open('<!doctype html><title>test</title>')
    return (await page.evaluate(`import('/sdk/client.js').then(${work})`)) as Result
  }

  test('does what its README shows', async () => {
    const [example = '', ...more] = readmeExamples(await readFile(readmePath, 'utf8'), 'html')
    assert.deepEqual(more, [])
    const page = await open(`<!doctype html>${example}`)
    const failed: string[] = []
    page.on('pageerror', error => failed.push(String(error)))
    await page.waitForFunction(() => document.title !== '', undefined, { timeout: 60_000 })
    assert.deepEqual([await page.title(), await page.textContent('#output'), failed], ['exited', '42\n', []])
  })

  test('sees output while the program runs, and may leave the events at any time', async () => {
    const kinds = await inPage(async ({ RunItClient, decodeBytes }) => {
      const client = new RunItClient({ baseUrl: location.origin })
      const source = 'import time\nprint("grüße, 🙂")\ntime.sleep(600)'
      const { id } = await client.runs.submit({ environment: 'python', source, limits: { wallTimeMs: 600_000 } })
      const seen: string[] = []
      for await (const event of client.runs.events(id)) {
        if (event.type === 'output') seen.push(new TextDecoder().decode(decodeBytes(event)))
        if (event.type === 'output') break
      }
      await client.runs.cancel(id)
      const run = await client.runs.wait(id)
      seen.push(run.outcome?.kind ?? run.state)
      for await (const event of client.runs.events(id)) if (event.type === 'finished') seen.push(event.type)
      return seen
    })
    assert.deepEqual(kinds, ['grüße, 🙂\n', 'canceled', 'finished'])
  })

  test('gets bytes, lists, reruns, and errors as they are', async () => {
    const seen = await inPage(async ({ RunItClient, RunItError }) => {
      const client = new RunItClient({ baseUrl: location.origin })
      const source = 'import sys\nfor f in sys.stdout.buffer, open("a file.bin", "wb"): f.write(bytes(range(256)))'
      const request = { environment: 'python', source, labels: { page: 'bytes' }, artifacts: ['*.bin'] }
      const run = await client.runs.submit(request, { wait: 30 })
      const bytes = [...(await client.runs.stdout(run.id))]
      const file = [...(await client.runs.artifact(run.id, 'a file.bin'))]
      const again = await client.runs.wait((await client.runs.rerun(run.id)).id)
      const ids: string[] = []
      for await (const one of client.runs.all({ label: 'page:bytes', limit: 1 })) ids.push(one.id)
      const refused: unknown = await client.runs.submit({ environment: 'pyton' }).catch(error => error)
      const code = refused instanceof RunItError ? refused.problem.code : String(refused)
      const digests = [run, again].map(({ environment }) => environment.digest)
      return { bytes, file, ids: [ids, [again.id, run.id]], sameImage: digests[0] === digests[1], code }
    })
    assert.deepEqual(seen.bytes, [...Array(256).keys()])
    assert.deepEqual(seen.file, seen.bytes)
    assert.deepEqual(seen.ids[0], seen.ids[1])
    assert.deepEqual([seen.sameImage, seen.code], [true, 'unknown-environment'])
  })

  test('follows on when the server was killed and is back', async () => {
    const [own, page] = [await TestServer.start(), await browser.newPage()]
    const flags = ['--port', new URL(own.url).port]
    let second: TestServer | undefined
    try {
      await page.route(`${own.url}/sdk/*.js`, async route => {
        const name = new URL(route.request().url()).pathname.slice('/sdk/'.length)
        await route.fulfill({ contentType: 'text/javascript', body: await readFile(join(folder, 'sdk', name)) })
      })
      await page.route(`${own.url}/page`, route => route.fulfill({ contentType: 'text/html', body: '<title></title>' }))
      await page.goto(`${own.url}/page`)
      const source = 'import time\nfor line in range(20):\n    print(line)\n    time.sleep(0.1)'
      const { id } = await own.client.runs.submit({ environment: 'python', source, maxAttempts: 5 })
      const following = page.evaluate(`import('/sdk/client.js').then(async ({ RunItClient }) => {
        const sequences = []
        for await (const event of new RunItClient({ baseUrl: location.origin }).runs.events('${id}')) {
          if (event.type === 'output') document.title = 'output'
          sequences.push(event.sequence)
        }
        return sequences
      })`)
      await page.waitForFunction(() => document.title === 'output', undefined, { timeout: 60_000 })
      await own.end('SIGKILL')
      second = await TestServer.start({ dataDirectory: own.dataDirectory, flags })
      const sequences = (await following) as number[]
      assert.deepEqual(
        sequences,
        sequences.map((_, index) => index + 1),
      )
      const last = (await second.client.runs.get(id)).outcome
      assert.deepEqual(last, { kind: 'exited', code: 0 })
    } finally {
      await second?.[Symbol.asyncDispose]()
      await own[Symbol.asyncDispose]()
    }
  })
})
