import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after, before, suite, test } from 'node:test'
import { EventConnection, SeenOutput } from '../support/event-connection.ts'
import { TestServer } from '../support/server.ts'
import { waitFor } from '../support/wait-for.ts'

const lines = 100_000
const expected = createHash('sha256')
for (let line = 0; line < lines; line += 1) expected.update(`line ${line}\n`)
const expectedDigest = expected.digest('hex')

const source = `for line in range(${lines}): print("line", line)`
const limits = { wallTimeMs: 60_000, cpuTimeMs: 60_000, outputBytes: 16 * 1024 * 1024 }

suite('followers', () => {
  let server: TestServer
  before(async () => {
    server = await TestServer.start({ flags: ['--slots', '1'] })
  })
  after(() => server[Symbol.asyncDispose]())

  async function residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
  }

  /** A run that waits in the queue behind another one until its followers are there. */
  async function queued(program: string) {
    const { runs } = server.client
    const blocker = await runs.submit({ environment: 'bash', source: 'sleep 60', limits: { wallTimeMs: 61_000 } })
    const { id } = await runs.submit({ environment: 'python', source: program, limits })
    await waitFor('the slot to be taken', async () => (await runs.get(blocker.id)).state === 'running')
    return { id, begin: () => runs.cancel(blocker.id) }
  }

  /** Reads a run to its end, over as many connections as it takes; each is left after so many events. */
  async function follow(id: string, eventsPerConnection: number, onConnected = () => {}): Promise<string> {
    const seen = new SeenOutput()
    for (let last = 0; ; ) {
      using connection = await EventConnection.open(server.url, id, last === 0 ? undefined : last)
      onConnected()
      let left = eventsPerConnection
      for await (const event of connection.events(last)) {
        seen.add(event)
        last = event.sequence
        if (event.type === 'finished') return seen.digest()
        left -= 1
        if (left === 0) break
      }
    }
  }

  test('a hundred followers of a run that prints 100,000 lines get every byte in order, also those that come back', async () => {
    const { id, begin } = await queued(source)
    let connected = 0
    const onConnected = () => {
      connected += 1
    }
    const followers = Array.from({ length: 100 }, (_, index) =>
      follow(id, index % 2 === 0 ? Number.POSITIVE_INFINITY : 1 + (index % 7), onConnected),
    )
    await waitFor('the followers', () => connected >= 100)
    await begin()
    for (const digest of await Promise.all(followers)) assert.equal(digest, expectedDigest)
    assert.ok(connected > 150, `${connected} connections`)
    const late = await Promise.all(Array.from({ length: 20 }, () => follow(id, Number.POSITIVE_INFINITY)))
    assert.ok(late.every(digest => digest === expectedDigest))
  })

  test('followers that stop reading hold up nobody, cost little, and miss nothing when they read on', async () => {
    const { id, begin } = await queued('for line in range(100000): print("line", line, "x" * 140)')
    const before = await residentBytes()
    const stalled = await Promise.all(Array.from({ length: 60 }, () => EventConnection.open(server.url, id)))
    try {
      const reading = Promise.all(Array.from({ length: 5 }, () => follow(id, Number.POSITIVE_INFINITY)))
      await begin()
      const finished = await server.client.runs.wait(id)
      assert.deepEqual(finished.outcome, { kind: 'exited', code: 0 })
      assert.ok((finished.stages[0]?.stdout.bytes ?? 0) > 15_000_000)
      const digests = await reading
      assert.equal(new Set(digests).size, 1)
      const grownMiB = ((await residentBytes()) - before) / 1024 ** 2
      // The run itself takes a part of it: its output is 15 MiB. 60 times that would be 900.
      assert.ok(grownMiB < 450, `${grownMiB} MiB more`)
      const [one] = stalled
      assert.ok(one)
      const seen = new SeenOutput()
      for await (const event of one.events()) seen.add(event)
      assert.equal(seen.digest(), digests[0])
    } finally {
      for (const connection of stalled) connection[Symbol.dispose]()
    }
  })
})
