import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { waitFor } from '../support/wait-for.ts'
import type { DatabaseProxy } from './database-proxy.ts'
import { Installation } from './installation.ts'
import { sandboxesLeft } from './sandboxes-left.ts'
import { Chance, isLong } from './seed.ts'
import { Word } from './word.ts'

/** At least; it goes on until there were faults enough, and those end then: a slow machine would never get to the end. */
const runs = isLong ? 300 : 12
const leastFaults = isLong ? 300 : 12
const clientsAtOnce = 8
const leaseMs = 10_000
const pauseMs = { min: 100, max: 800 }
const delayMs = { min: 50, max: 1_500 }
const deadlineMs = isLong ? 40 * 60_000 : 120_000
const quick = ['cut', 'delay', 'lose-commit'] as const
/** Whoever waits on such a line waits for many seconds, and with what he has locked others do too. */
const silent = ['silence', 'server-gone', 'client-gone'] as const
const silentPercent = 10
const mostSilent = isLong ? Number.POSITIVE_INFINITY : 2

function script(number: number): string {
  return `sleep 0.${number % 5}; echo ${number}`
}

async function spoilLines(proxy: DatabaseProxy, chance: Chance, over: AbortSignal): Promise<void> {
  let silences = 0
  while (!over.aborted && proxy.faults.length < leastFaults) {
    await pause(chance.integer(pauseMs.min, pauseMs.max), undefined, { signal: over }).catch(() => {})
    const isSilent = chance.happens(silentPercent) && silences < mostSilent
    if (isSilent) silences += 1
    const fault = isSilent ? chance.oneOf(silent) : chance.oneOf(quick)
    if (!over.aborted) {
      proxy.spoil(fault, lines => chance.integer(0, Math.max(0, lines - 1)), chance.integer(delayMs.min, delayMs.max))
    }
  }
}

async function workOnBadLines(context: TestContext, chance: Chance): Promise<void> {
  await using installation = await Installation.start({
    apis: 2,
    workers: 2,
    slots: 2,
    leaseMs,
    isBehindProxy: true,
  })
  const { proxy } = installation
  assert.ok(proxy)
  const word = new Word(script)
  const over = new AbortController()
  const signal = AbortSignal.timeout(deadlineMs)
  const work = async () => {
    while (word.runs.length < runs || proxy.faults.length < leastFaults) await word.use(installation.client, signal)
  }
  const spoiling = spoilLines(proxy, chance, over.signal)
  try {
    await Promise.all(Array.from({ length: clientsAtOnce }, work))
  } finally {
    over.abort()
    await spoiling
  }
  proxy.release()
  const told = Object.entries(Object.groupBy(proxy.faults, ({ fault }) => fault))
  const inTransactions = proxy.faults.filter(({ isInTransaction }) => isInTransaction).length
  context.diagnostic(
    `${word.runs.length} runs; ${told.map(([fault, all]) => `${fault}: ${all?.length}`).join(', ')}; ${inTransactions} in a transaction`,
  )
  assert.ok(inTransactions > 0, 'no transaction was met: the test does not test')
  await word.assertKept(installation.client, outcome => outcome.kind === 'exited')
  await waitFor('all to be at rest', () => installation.assertAtRest(word.runs.length).then(() => true))
  installation.assertUnbroken()
  await installation.end()
  await waitFor('all sandboxes to be gone', async () => (await sandboxesLeft(installation.processIds)).length === 0)
}

test('lines to the database that are cut, late, silent or open at one end lose no run, and end each once', {
  timeout: isLong ? 60 * 60_000 : 170_000,
}, async context => {
  const chance = new Chance(context)
  await chance.guard(() => workOnBadLines(context, chance))
})
