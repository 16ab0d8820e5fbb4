import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import Docker from 'dockerode'
import { RunItClient, RunItError } from '../../sdk/src/client.ts'
import { assertSound } from '../support/assert-sound.ts'
import { sandboxesOf } from '../support/sandboxes.ts'
import { waitFor } from '../support/wait-for.ts'
import { KillableServer } from './killable-server.ts'
import { SmallDisk } from './small-disk.ts'
import { Word } from './word.ts'

const MiB = 1024 * 1024
const diskBytes = 128 * MiB
const slots = ['--slots', '2']

async function started(dataDirectory: string): Promise<{ readonly server: KillableServer; readonly url: string }> {
  const server = new KillableServer(dataDirectory, slots)
  const url = await server.url
  assert.ok(url, server.log)
  return { server, url }
}

function isStorageFull(error: unknown): boolean {
  return error instanceof RunItError && error.status === 507 && (error.retryAfterSeconds ?? 0) > 0
}

/** Runs that are in the middle, and runs that wait behind them. */
async function postAll(word: Word, url: string): Promise<void> {
  for (let posted = 0; posted < 6; posted++) assert.ok(await word.post(url))
  const { runs } = new RunItClient({ baseUrl: url })
  await waitFor('a program to run', async () => {
    const states = await Promise.all(word.acknowledged.map(async ({ id }) => (await runs.get(id ?? '')).state))
    return states.includes('running')
  })
}

/** In each sandbox that runs took. */
async function onlyInitRuns(word: Word): Promise<boolean> {
  const taken = await sandboxesOf(word.acknowledged.map(({ id }) => id ?? ''))
  const looks = await Promise.allSettled(taken.map(({ Id }) => new Docker().getContainer(Id).top()))
  // One that has just ended cannot be looked into.
  const counts = looks.flatMap(look => (look.status === 'fulfilled' ? look.value.Processes.length : []))
  return counts.length > 0 && counts.every(count => count === 1)
}

test('on a full disk new runs are refused in words, and the ones that were taken end once there is room', {
  timeout: 150_000,
}, async () => {
  using disk = new SmallDisk(diskBytes)
  const dataDirectory = join(disk.folder, 'data')
  const { server, url } = await started(dataDirectory)
  try {
    const word = new Word(number => `sleep 0.5; echo ${number}`)
    await postAll(word, url)
    disk.fill()
    const { runs } = new RunItClient({ baseUrl: url })
    await assert.rejects(runs.submit({ environment: 'bash', source: 'true' }), isStorageFull)
    await waitFor('programs to end whose results cannot be written', () => onlyInitRuns(word))
    await word.look(url)
    assert.equal(server.exitCode, null, server.log)
    disk.empty()
    await word.assertKept(url, outcome => outcome.kind === 'exited')
    const after = await runs.submit({ environment: 'bash', source: 'echo after' }, { wait: 60 })
    assert.equal(after.stages[0]?.stdout.content, 'after\n')
  } finally {
    await server.end('SIGTERM')
  }
  assert.equal(server.exitCode, 0, server.log)
  assertSound(dataDirectory)
})

test('a server that dies on a full disk loses nothing, and says why where it cannot start', {
  timeout: 150_000,
}, async () => {
  using disk = new SmallDisk(diskBytes)
  const dataDirectory = join(disk.folder, 'data')
  const first = await started(dataDirectory)
  const word = new Word(number => `sleep 0.5; echo ${number}`)
  try {
    await postAll(word, first.url)
    disk.fill()
  } finally {
    await first.server.end('SIGKILL')
  }
  const onFull = new KillableServer(dataDirectory, slots)
  const url = await onFull.url
  if (url === undefined) {
    assert.match(onFull.log, /no room|disk|space/i)
    assert.notEqual(onFull.exitCode, null)
  } else {
    const { runs } = new RunItClient({ baseUrl: url })
    await assert.rejects(runs.submit({ environment: 'bash', source: 'true' }), isStorageFull)
    await onFull.end('SIGKILL')
  }
  disk.empty()
  const last = await started(dataDirectory)
  try {
    await word.assertKept(last.url, outcome => outcome.kind === 'exited')
  } finally {
    await last.server.end('SIGTERM')
  }
  assertSound(dataDirectory)
})
