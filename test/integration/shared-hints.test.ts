import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import type { HintTopic } from '../../src/store/hints.ts'
import { NotifyHints } from '../../src/store/postgres/notify-hints.ts'
import { TestPostgres } from '../support/postgres.ts'
import { waitFor } from '../support/wait-for.ts'

let postgres: TestPostgres
let url: string
before(async () => {
  postgres = await TestPostgres.start()
  url = await postgres.createDatabase()
})
after(() => postgres[Symbol.asyncDispose]())

/** Two processes that listen. */
async function pair(context: TestContext): Promise<readonly [NotifyHints, NotifyHints]> {
  const hints = [new NotifyHints(url, 'run-it 0.1 hints'), new NotifyHints(url, 'run-it 0.1 hints')] as const
  context.after(() => Promise.all(hints.map(each => each.close())))
  await hear(hints[0], hints[1])
  return hints
}

/** Says it until it is heard: what is said while nobody listens is lost. */
async function hear(speaker: NotifyHints, listener: NotifyHints, topic: HintTopic = 'run:ping'): Promise<void> {
  let isHeard = false
  const unsubscribe = listener.subscribe(topic, () => {
    isHeard = true
  })
  await waitFor('a hint', () => {
    speaker.publish(topic)
    return isHeard
  })
  unsubscribe()
}

test('a hint is heard by other processes, by its own at once, and by nobody twice', async context => {
  const [one, other] = await pair(context)
  const heard: string[] = []
  one.subscribe('run:a', () => heard.push('one'))
  other.subscribe('run:a', () => heard.push('other'))
  other.subscribe('run:b', () => heard.push('wrong'))
  one.publish('run:a')
  await waitFor('it to be heard', () => heard.includes('other'))
  // Whatever else was said before this has arrived by then.
  await hear(other, one, 'run:end')
  assert.deepEqual(heard, ['one', 'other'])
})

test('many hints at once are all heard, and too many are one for everybody', async context => {
  const [one, other] = await pair(context)
  for (const count of [900, 5_000]) {
    const topics = Array.from({ length: count }, (_, index): HintTopic => `run:01M85339ZY78EANFVBCPDC${count}-${index}`)
    const heard = new Set<string>()
    const ends = topics.map(topic => other.subscribe(topic, () => heard.add(topic)))
    for (const topic of topics) one.publish(topic)
    await waitFor(`${count} hints`, () => heard.size === count)
    for (const end of ends) end()
  }
})

test('whose connection was cut hears everything that he listens to once it is back, and what is said from then on', async context => {
  const [one, other] = await pair(context)
  let woken = 0
  other.subscribe('run:waiting', () => {
    woken += 1
  })
  await postgres.ask(
    'postgres',
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'run-it % hints'",
  )
  await waitFor('the wake-up of the reconnect', () => woken > 0)
  await hear(one, other)
  await hear(other, one)
})
