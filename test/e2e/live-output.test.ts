import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { decodeBytes, type RunEvent } from '../../sdk/src/client.ts'
import { EventConnection } from '../support/event-connection.ts'
import { TestServer } from '../support/server.ts'

function bytesOf(events: readonly RunEvent[], stream: 'stdout' | 'stderr'): Buffer {
  return Buffer.concat(
    events.flatMap(event => (event.type === 'output' && event.stream === stream ? [decodeBytes(event)] : [])),
  )
}

async function collect(source: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = []
  for await (const event of source) events.push(event)
  return events
}

suite('live output', () => {
  let server: TestServer
  before(async () => {
    server = await TestServer.start()
  })
  after(() => server[Symbol.asyncDispose]())

  async function eventsOf(id: string, after?: number): Promise<RunEvent[]> {
    using connection = await EventConnection.open(server.url, id, after)
    if (connection.status === 204) return []
    assert.equal(connection.status, 200)
    return await collect(connection.events(after ?? 0))
  }

  async function eventsOfProgram(source: string): Promise<{ id: string; events: RunEvent[] }> {
    const { id } = await server.client.runs.submit({ environment: 'python', source })
    return { id, events: await eventsOf(id) }
  }

  test('characters that are written byte by byte stay whole, and bytes that are no text come as they are', async () => {
    const text = 'grüße, 世界, 🙂\n'
    const source = `
import sys, time
for byte in ${JSON.stringify(text)}.encode():
    sys.stdout.buffer.write(bytes([byte]))
    sys.stdout.flush()
    time.sleep(0.03)
sys.stderr.buffer.write(bytes(range(256)) * 1000)
`
    const { events } = await eventsOfProgram(source)
    assert.equal(bytesOf(events, 'stdout').toString(), text)
    const pieces = events.filter(event => event.type === 'output' && event.stream === 'stdout')
    assert.ok(pieces.length > 2, 'it came in one piece')
    for (const piece of pieces) assert.ok(piece.type === 'output' && piece.encoding === 'utf8')
    assert.deepEqual(bytesOf(events, 'stderr'), Buffer.concat(Array(1000).fill(Buffer.from([...Array(256).keys()]))))
    assert.ok(events.some(event => event.type === 'output' && event.encoding === 'base64'))
  })

  test('both streams arrive whole when a program writes to them in turn', async () => {
    const source = `
import sys
for line in range(5000):
    print("out", line)
    print("err", line, file=sys.stderr)
`
    const { events } = await eventsOfProgram(source)
    for (const [stream, word] of [['stdout', 'out'] as const, ['stderr', 'err'] as const]) {
      const expected = Array.from({ length: 5000 }, (_, line) => `${word} ${line}\n`).join('')
      assert.equal(bytesOf(events, stream).toString(), expected)
    }
  })

  test('a follower resumes after any event, also after the end, and is told when there is nothing more', async () => {
    const source = 'import time\nfor line in range(12):\n    print(line)\n    time.sleep(0.05)'
    const { id, events } = await eventsOfProgram(source)
    assert.ok(events.length > 12)
    for (const [index, event] of events.entries()) {
      assert.deepEqual(await eventsOf(id, event.sequence), events.slice(index + 1))
    }
    for (const beyond of [events.length, events.length + 1, 999_999_999]) {
      using connection = await EventConnection.open(server.url, id, beyond)
      assert.equal(connection.status, 204)
    }
  })

  test('output arrives while the program runs, through a proxy that passes on what it gets', async () => {
    const proxy = createServer((incoming, outgoing) => {
      const { method, headers, url } = incoming
      const passed = request(`${server.url}${url}`, { method, headers: { ...headers, host: new URL(server.url).host } })
      passed.on('response', response => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers)
        response.pipe(outgoing)
      })
      outgoing.on('close', () => passed.destroy())
      passed.on('error', () => outgoing.destroy())
      incoming.pipe(passed)
    })
    await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    try {
      const source = 'print("begun")\nimport time\ntime.sleep(600)'
      const { id } = await server.client.runs.submit({ environment: 'python', source, limits: { wallTimeMs: 600_000 } })
      using connection = await EventConnection.open(url, id)
      assert.equal(connection.headers['x-accel-buffering'], 'no')
      const types: string[] = []
      for await (const event of connection.events()) {
        types.push(event.type)
        // It would never end by itself: what is seen here was sent while it ran.
        if (event.type === 'output') await server.client.runs.cancel(id)
      }
      assert.deepEqual(types.slice(-3), ['output', 'stage', 'finished'])
    } finally {
      proxy.closeAllConnections()
      proxy.close()
    }
  })

  test('Prefer: wait on a run answers when it is finished, or as it is after that time', async () => {
    const { id } = await server.client.runs.submit({ environment: 'bash', source: 'read -t 600 < <(sleep 600)' })
    const early = await fetch(`${server.url}/v1/runs/${id}`, { headers: { prefer: 'wait=1' } })
    assert.equal(early.headers.get('preference-applied'), 'wait=1')
    assert.notEqual(((await early.json()) as { state: string }).state, 'finished')
    const waiting = fetch(`${server.url}/v1/runs/${id}`, { headers: { prefer: 'wait=60' } })
    await server.client.runs.cancel(id)
    assert.equal(((await (await waiting).json()) as { state: string }).state, 'finished')
  })
})

suite('a follower whose server dies', () => {
  test('sees every event once, over kill -9 and restart, to the end of the attempt that counts', async () => {
    const first = await TestServer.start()
    const flags = ['--port', new URL(first.url).port]
    const source = 'import time\nfor line in range(40):\n    print("line", line)\n    time.sleep(0.05)'
    const { id } = await first.client.runs.submit({ environment: 'python', source, maxAttempts: 5 })
    const seen: RunEvent[] = []
    let second: Promise<TestServer> | undefined
    try {
      for await (const event of first.client.runs.events(id)) {
        seen.push(event)
        if (event.type !== 'output' || second !== undefined) continue
        await first.end('SIGKILL')
        second = TestServer.start({ dataDirectory: first.dataDirectory, flags })
      }
      const server = await second
      assert.ok(server)
      assert.deepEqual(await collect(server.client.runs.events(id)), seen)
      assert.deepEqual(
        seen.map(event => event.sequence),
        seen.map((_, index) => index + 1),
      )
      const last = seen.at(-1)
      assert.ok(last?.type === 'finished' && last.attempt === 2, JSON.stringify(last))
      assert.deepEqual(last.run.outcome, { kind: 'exited', code: 0 })
      const ofLast = seen.filter(event => event.attempt === last.attempt)
      const expected = Array.from({ length: 40 }, (_, line) => `line ${line}\n`).join('')
      assert.equal(bytesOf(ofLast, 'stdout').toString(), expected)
    } finally {
      await (await second)?.[Symbol.asyncDispose]()
      await first[Symbol.asyncDispose]()
    }
  })
})
