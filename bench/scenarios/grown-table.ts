import { RunLifecycle } from '../../src/queue/run-lifecycle.ts'
import { newRunId } from '../../src/run/id.ts'
import { RunStore } from '../../src/store/run-store.ts'
import { exampleRun } from '../../test/support/example-run.ts'
import { ask, TestPostgres } from '../../test/support/postgres.ts'
import { openShared } from '../../test/support/shared-house.ts'
import { type Contender, interleave } from '../measure/interleave.ts'
import { summarize } from '../measure/summary.ts'
import type { Findings, Row, Scenario, ScenarioContext } from '../scenario.ts'

const eventsPerRun = 4

export const grownTable: Scenario = {
  name: 'scale-table',
  title: 'A million finished runs in PostgreSQL',
  method:
    'Two databases of one private PostgreSQL, which does not wait for its disk: one has no runs, one a million that are finished, with their events, inserted by SQL. ' +
    'In turns one run is submitted, claimed, begun and finished in each.',
  deadlineMs: 20 * 60_000,
  run,
}

async function run(context: ScenarioContext): Promise<Findings> {
  const { isQuick, signal } = context
  const count = isQuick ? 50_000 : 1_000_000
  await using postgres = await TestPostgres.start()
  const urls = [await postgres.createDatabase(), await postgres.createDatabase()] as const
  const [empty, grown] = [await open(urls[0]), await open(urls[1])]
  try {
    const beganMs = performance.now()
    await grow(urls[1], count, context)
    const rate = count / ((performance.now() - beganMs) / 1_000)
    const contenders: Contender[] = [
      { name: 'submit to finish, no finished runs', measure: () => empty.timeRun(signal) },
      { name: `submit to finish, ${count.toLocaleString('en')} finished runs`, measure: () => grown.timeRun(signal) },
    ]
    const samples = await interleave(contenders, { rounds: isQuick ? 100 : 1_000, warmUpRounds: 20, signal })
    const rows = [...samples].map(([what, values]) => ({ what, unit: 'ms', summary: summarize(values) }) satisfies Row)
    const [few, many] = rows.map(({ summary }) => summary.median)
    const ratio = (many ?? Number.NaN) / (few ?? Number.NaN)
    return {
      rows: [...rows, { what: 'finished runs inserted by SQL', unit: 'runs/s', value: rate }],
      ratios: [{ what: 'a run beside the finished ones, against one alone', value: ratio }],
      targets: isQuick ? [] : [{ name: 'grown-table', value: ratio }],
      notes: isQuick ? ['Only 50,000 finished runs: the target is about a million.'] : [],
    }
  } finally {
    await empty.close()
    await grown.close()
  }
}

async function open(url: string) {
  const { database, queue, close } = await openShared(url)
  const lifecycle = new RunLifecycle({ database, queue, runs: new RunStore(database), maxQueuedRuns: 1_000 })
  const timeRun = async (signal: AbortSignal) => {
    const startedAt = performance.now()
    await lifecycle.submit(exampleRun({ createdAt: new Date() }))
    const claim = await queue.claim('bench', signal)
    const lease = claim && (await lifecycle.begin(claim, 'bench'))
    if (lease === undefined) throw new Error('a run could not be begun')
    await lifecycle.finish(lease, { outcome: { kind: 'exited', code: 0 }, stages: [] }, [])
    return performance.now() - startedAt
  }
  // The first one makes what is made once.
  await timeRun(AbortSignal.timeout(30_000))
  return { timeRun, close }
}

/** Copies of the run that is there, with its events, in pieces: one statement may take ten seconds. */
async function grow(url: string, count: number, context: ScenarioContext): Promise<void> {
  const piece = 10_000
  const columns = async (table: string, own: Readonly<Record<string, string>>) => {
    const found = await ask(
      url,
      `select column_name from information_schema.columns where table_schema = 'run_it' and table_name = '${table}'`,
    )
    const names = found.map(({ column_name }) => String(column_name))
    return { names: names.join(', '), values: names.map(name => own[name] ?? `t.${name}`).join(', ') }
  }
  // As wide as ids, and older than all of them.
  const id = `'0' || lpad(n::text, ${newRunId().length - 1}, '0')`
  const runs = await columns('runs', { id })
  const requests = await columns('run_requests', { run_id: id })
  const events = await columns('events', { run_id: id })
  const [first] = await ask(url, 'select id from runs')
  for (let from = 1; from <= count; from += piece) {
    context.signal.throwIfAborted()
    context.say(`${from.toLocaleString('en')} of ${count.toLocaleString('en')} inserted`)
    const numbers = `generate_series(${from}, ${Math.min(count, from + piece - 1)}) n`
    await ask(
      url,
      `insert into runs (${runs.names}) select ${runs.values} from runs t, ${numbers} where t.id = '${first?.id}'`,
    )
    await ask(
      url,
      `insert into run_requests (${requests.names}) select ${requests.values} from run_requests t, ${numbers} where t.run_id = '${first?.id}'`,
    )
    await ask(
      url,
      `insert into events (${events.names}) select ${events.values} from events t, ${numbers} where t.run_id = '${first?.id}' and t.sequence <= ${eventsPerRun}`,
    )
  }
  await ask(url, `update run_counts set finished = finished + ${count} where shard = 0`)
  await ask(url, 'analyze')
}
