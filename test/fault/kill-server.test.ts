import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
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

const kills = isLong ? 200 : 12
/** Some die before they listen, most in the middle of runs. */
const earlyPercent = 20
const latestKillMs = 1_500
const postersAtOnce = 3
/** In one life: what is posted must be worked off in the end. */
const postsPerLife = 8

/** Who stands first in the line is tried in each life. Where lives are short, some are killed as often as a run may be tried. */
function isHonest(outcome: { readonly kind: string; readonly code?: unknown }): boolean {
  return outcome.kind === 'exited' || (isLong && outcome.code === 'attempts-exhausted')
}

/** Posts and looks, until the server does not answer any more. */
async function use(url: string, word: Word): Promise<void> {
  await word.postAgain(url)
  let left = postsPerLife
  const post = async () => {
    while (left-- > 0 && (await word.post(url)));
  }
  const look = async () => {
    await word.look(url)
  }
  await Promise.all([...Array.from({ length: postersAtOnce }, post), look()])
}

/** The files as they were left, before the next start mends anything. */
async function assertSoundCopy(dataDirectory: string): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), 'run-it-fault-copy-'))
  try {
    await cp(dataDirectory, copy, { recursive: true })
    assertSound(copy)
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

async function killOften(context: TestContext, chance: Chance, dataDirectory: string): Promise<void> {
  const word = new Word()
  const processIds: number[] = []
  let listened = 0
  for (let kill = 0; kill < kills; kill++) {
    const server = new KillableServer(dataDirectory)
    processIds.push(server.pid)
    const using = server.url.then(url => {
      if (url === undefined) return
      listened += 1
      return use(url, word)
    })
    const dies = chance.happens(earlyPercent) ? 'early' : 'late'
    if (dies === 'late') await server.url
    await pause(chance.integer(dies === 'early' ? 100 : 0, latestKillMs))
    await server.end('SIGKILL')
    await using
    assert.equal(server.exitCode, null, `it ended by itself: ${server.log}`)
    // The very first may have died before there was a file.
    if (listened > 0) await assertSoundCopy(dataDirectory)
  }
  const ended = word.runs.filter(({ outcome }) => outcome !== undefined).length
  context.diagnostic(
    `${kills} kills, ${listened} of them after it listened; ${word.acknowledged.length} runs, ${ended} of them seen to end before the last one`,
  )
  assert.ok(listened > kills / 4 && word.acknowledged.length > listened, 'nothing flowed: the test does not test')
  const last = new KillableServer(dataDirectory)
  processIds.push(last.pid)
  try {
    const url = await last.url
    assert.ok(url, last.log)
    await word.assertKept(url, isHonest)
  } finally {
    await last.end('SIGTERM')
  }
  assertSound(dataDirectory)
  await waitFor('all sandboxes to be gone', async () => (await sandboxesLeft(processIds)).length === 0, 45_000)
}

test('a server that is killed at any moment loses nothing that it acknowledged, and ends it once', {
  timeout: isLong ? 60 * 60_000 : 170_000,
}, async context => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'run-it-fault-'))
  context.after(() => rm(dataDirectory, { recursive: true, force: true }))
  const chance = new Chance(context)
  await chance.guard(() => killOften(context, chance, dataDirectory))
})
