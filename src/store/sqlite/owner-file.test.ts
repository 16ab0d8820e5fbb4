import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { describeOwner, removeOwner, writeOwner } from './owner-file.ts'

const startedAt = '2026-03-01T10:00:00.000Z'
/** Above the highest id that Linux gives. */
const noProcess = 2 ** 22 + 1

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'run-it-owner-'))
  context.after(() => rmSync(path, { recursive: true }))
  return path
}

test('an owner that lives is named with its start', context => {
  const path = folder(context)
  writeOwner(path, { processId: process.pid, startedAt })
  assert.equal(describeOwner(path), `process ${process.pid}, which started at ${startedAt}`)
})

test('an owner that is dead, gone or makes no sense is nobody in particular', context => {
  const path = folder(context)
  assert.equal(describeOwner(path), 'another process')
  writeOwner(path, { processId: noProcess, startedAt })
  assert.equal(describeOwner(path), 'another process')
  const own = { processId: process.pid, startedAt }
  for (const wrong of ['', '[]', 'null', '{"processId":"x"}', JSON.stringify({ ...own, processId: -process.pid })]) {
    writeFileSync(join(path, 'owner.json'), wrong)
    assert.equal(describeOwner(path), 'another process', wrong)
  }
  writeOwner(path, own)
  removeOwner(path)
  removeOwner(path)
  assert.equal(describeOwner(path), 'another process')
})
