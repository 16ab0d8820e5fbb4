import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { BothWays, programsIn, type Seen, type Surroundings } from './run-both.ts'

const fewestPrograms = 60
const timeout = 60_000

/**
 * Runs every program of a folder twice, started plainly and continued by a process that waited, and compares every byte and the way it
 * ended. `startedPlainly` are those that a waiting process cannot take, and is not given.
 */
export async function differential(
  environment: string,
  options: {
    readonly surroundings: Readonly<Record<string, Surroundings>>
    readonly startedPlainly: readonly string[]
    /** A program that prints for how many seconds its process has been there. */
    readonly age: string
  },
): Promise<void> {
  const programs = await programsIn(environment)
  describe(`${environment}, prebooted,`, { concurrency: 3 }, () => {
    let both: BothWays
    before(async () => {
      both = await BothWays.open(environment)
    })

    test('is tried with many programs', () => {
      assert.ok(programs.size >= fewestPrograms)
      for (const name of [...Object.keys(options.surroundings), ...options.startedPlainly])
        assert.ok(programs.has(name), name)
    })

    test('is the process that waited', { timeout }, async () => {
      const restMs = 200
      const waitedMs = await both.waited(Buffer.from(options.age), restMs)
      // The kernel tells the start in hundredths of a second.
      assert.ok(waitedMs > restMs - 20, `${waitedMs} ms`)
    })

    for (const [name, source] of programs) {
      test(`does in "${name}" what one does that was started plainly`, { timeout }, async () => {
        const surroundings = options.surroundings[name] ?? {}
        assert.equal(both.isTaken(source, surroundings), !options.startedPlainly.includes(name))
        const plain = withoutIds(await both.see(source, surroundings, false))
        assert.deepEqual(withoutIds(await both.see(source, surroundings, true)), plain)
      })
    }
  })
}

/** Node tells its process id with each warning. Two plain starts have not the same one either: the engine itself takes some. */
function withoutIds(seen: Seen): Seen {
  return { ...seen, stderr: seen.stderr.replace(/^\(node:\d+\)/gm, '(node:id)') }
}
