import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createProgressView, describeProgress } from './progress-view.ts'
import { testContext } from './test-context.ts'

it('plain progress is lines, and not many', () => {
  const context = testContext({ argv: [] })
  let now = 0
  using view = createProgressView(context.stderr, () => now)
  for (let step = 0; step < 100; step++) {
    view.show({ phase: 'build', message: `step ${step}` })
    now += 100
  }
  assert.deepEqual(context.written.stderrText.trimEnd().split('\n'), [
    'run-it: building: step 0',
    'run-it: building: step 20',
    'run-it: building: step 40',
    'run-it: building: step 60',
    'run-it: building: step 80',
  ])
})

it('progress on a terminal is one line that leaves nothing behind', t => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] })
  const context = testContext({ argv: [], isTerminal: true })
  using view = createProgressView(context.stderr)
  view.show({ phase: 'pull', message: 'x'.repeat(500), currentBytes: 1, totalBytes: 4 })
  t.mock.timers.tick(250)
  view.clear()
  const drawn = context.written.stderrText
  assert.match(drawn, /\[#{5}\.{15}\] 25 % of 4 bytes {2}pulling: x+/)
  assert.equal(drawn.includes('\n'), false)
  assert.ok(drawn.endsWith('\r\u001b[2K'))
  for (const line of drawn.split('\r\u001b[2K')) assert.ok(line.length < 80)
})

it('a status is shown only to somebody who had to wait', t => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] })
  const context = testContext({ argv: [], isTerminal: true })
  using view = createProgressView(context.stderr)
  view.status('preparing')
  t.mock.timers.tick(900)
  assert.equal(context.written.stderrText, '')
  t.mock.timers.tick(300)
  assert.match(context.written.stderrText, /preparing/)
})

it('a message cannot steer the terminal', () => {
  const text = describeProgress({ phase: 'pull', message: 'a\u001b[2Jb\r\n' }, true)
  assert.equal(text, 'pulling: a [2Jb ')
})
