// A reporter for node:test that tells only of tests which did not run: skipped ones, and those marked as to do.
import type { TestEvent } from 'node:test/reporters'

// The runner loads a reporter by its default export.
// biome-ignore lint/style/noDefaultExport: see above
export default async function* reportSkipped(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { name, file, skip, todo } = event.data
    if (skip === undefined && todo === undefined) continue
    yield `  ${file ?? ''}: ${name} (${skip === undefined ? 'to do' : 'skipped'})\n`
  }
}
