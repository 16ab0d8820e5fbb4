import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { assertSound } from '../support/assert-sound.ts'
import { waitFor } from '../support/wait-for.ts'
import { KillableServer } from './killable-server.ts'
import { sandboxesLeft } from './sandboxes-left.ts'
import { Chance, isLong } from './seed.ts'
import { Word } from './word.ts'

const rounds = isLong ? 40 : 2
const rivals = 3
const lifeMs = { min: 100, max: 2_000 }
const postsPerRound = 3

/** Gives the one that has the file, after all others have said that they have not. */
async function ownerOf(servers: readonly KillableServer[]): Promise<{ server: KillableServer; url: string }> {
  const urls = await Promise.all(servers.map(({ url }) => url))
  const owners = servers.filter((_, place) => urls[place] !== undefined)
  const log = servers.map(server => server.log).join('\n')
  assert.equal(owners.length, 1, log)
  for (const server of servers.filter(each => !owners.includes(each))) {
    assert.match(server.log, /The data directory .* is in use by (process \d+|another process)/)
    assert.ok(server.exitCode !== null && server.exitCode !== 0, log)
  }
  const [server] = owners
  const url = urls.find(each => each !== undefined)
  assert.ok(server && url)
  return { server, url }
}

async function raceForOneFile(context: TestContext, chance: Chance, dataDirectory: string): Promise<void> {
  const word = new Word()
  const processIds: number[] = []
  const start = () => {
    const server = new KillableServer(dataDirectory, ['--slots', '2'])
    processIds.push(server.pid)
    return server
  }
  for (let round = 0; round < rounds; round += 1) {
    // What the last round's owner left when it was killed must not keep all of them out.
    const { server, url } = await ownerOf(Array.from({ length: rivals }, start))
    for (let posted = 0; posted < postsPerRound; posted += 1) assert.ok(await word.post(url))
    await pause(chance.integer(lifeMs.min, lifeMs.max))
    // One more, who finds the file taken, or gets it because its owner dies: never both.
    const late = chance.happens(50) ? start() : undefined
    await server.end('SIGKILL')
    if (late === undefined) continue
    if ((await late.url) === undefined) assert.match(late.log, /is in use by/)
    await late.end('SIGKILL')
  }
  assertSound(dataDirectory)
  const last = start()
  try {
    const url = await last.url
    assert.ok(url, last.log)
    await word.assertKept(url, outcome => outcome.kind === 'exited')
  } finally {
    await last.end('SIGTERM')
  }
  context.diagnostic(`${rounds} rounds of ${rivals} processes; ${word.runs.length} runs`)
  await waitFor('all sandboxes to be gone', async () => (await sandboxesLeft(processIds)).length === 0, 45_000)
}

test('of several processes that want one file one has it, the others say so, and none of its runs is lost', {
  timeout: isLong ? 30 * 60_000 : 170_000,
}, async context => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'run-it-fault-'))
  context.after(() => rm(dataDirectory, { recursive: true, force: true }))
  const chance = new Chance(context)
  await chance.guard(() => raceForOneFile(context, chance, dataDirectory))
})
