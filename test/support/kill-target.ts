import { writeSync } from 'node:fs'
import { openSqliteDatabase } from '../../src/store/sqlite/open-sqlite-database.ts'
import { exampleHouse } from './example-house.ts'
import { exampleRun } from './example-run.ts'

/**
 * A process that submits and works off runs until it is killed, and says on stdout what it has the store's word for:
 * `submitted <id>`, `begun <id> <attempt>`, `finished <id>`.
 */
const [, , dataDirectory = ''] = process.argv
const { lifecycle, queue } = exampleHouse(await openSqliteDatabase({ dataDirectory }), { maxQueuedRuns: 1_000_000 })
await lifecycle.recover()
// Not through a stream: what was said must be in the pipe when the kill comes.
const say = (line: string) => writeSync(1, `${line}\n`)
const output = { type: 'output', stage: 'run', stream: 'stdout', bytes: Buffer.from('hi\n') } as const
const stage = { type: 'progress', progress: { phase: 'pull', message: 'layer' } } as const

async function submitForever(): Promise<never> {
  for (;;) {
    const run = await lifecycle.submit(exampleRun({ maxAttempts: 1_000, labels: { a: 'b' } }))
    say(`submitted ${run.id}`)
  }
}

async function workForever(workerId: string): Promise<never> {
  for (;;) {
    const claim = await queue.claim(workerId, new AbortController().signal)
    const lease = claim && (await lifecycle.begin(claim, workerId))
    if (lease === undefined) continue
    say(`begun ${lease.run.id} ${lease.attempt}`)
    await lifecycle.running(lease, { name: 'python', version: '3.11.2', digest: 'sha256:1' })
    await lifecycle.append(lease, [stage, output])
    await lifecycle.finish(lease, { outcome: { kind: 'exited', code: 0 }, stages: [] }, [output])
    say(`finished ${lease.run.id}`)
  }
}

say('ready')
await Promise.all([submitForever(), workForever('one'), workForever('two')])
