import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunFile } from '../../run/file.ts'
import { defaultLimits } from '../../run/limits.ts'
import type { Preboot, StageRequest } from '../platform.ts'
import { isSameStage, takesFiles } from './preboot.ts'

const preboot: Preboot = {
  main: 'main.py',
  argv: ['python3', 'main.py'],
  env: { PATH: '/bin', LANG: 'C.UTF-8' },
  limits: defaultLimits,
  without: ['package.json'],
}
const stage: StageRequest = { ...preboot, name: 'run', stdin: new Uint8Array() }

function files(source: string | Uint8Array, ...others: string[]): readonly RunFile[] {
  const content = Buffer.from(source).toString('base64')
  return ['main.py', ...others].map(path => ({ path, content, encoding: 'base64' }))
}

test('a stage that begins as the process did is continued, whatever is enforced from outside', () => {
  assert.ok(isSameStage(preboot, stage))
  assert.ok(isSameStage(preboot, { ...stage, stdin: new Uint8Array(5) }))
  const limits = { ...defaultLimits, wallTimeMs: 1, memoryBytes: 1e8, processes: 3, outputBytes: 1 }
  assert.ok(isSameStage(preboot, { ...stage, limits }))
})

test('one that begins otherwise is not', () => {
  assert.ok(!isSameStage(preboot, { ...stage, argv: [...stage.argv, 'more'] }))
  assert.ok(!isSameStage(preboot, { ...stage, env: { ...stage.env, A: 'b' } }))
  assert.ok(!isSameStage(preboot, { ...stage, env: { LANG: 'C.UTF-8', PATH: '/bin' } }), 'another order')
  assert.ok(!isSameStage(preboot, { ...stage, terminal: { columns: 80, rows: 24 } }))
  for (const name of ['cpuTimeMs', 'diskBytes', 'openFiles'] as const) {
    assert.ok(!isSameStage(preboot, { ...stage, limits: { ...defaultLimits, [name]: 1e5 } }), name)
  }
})

test('text is taken, and what has to be read twice is not', () => {
  assert.ok(takesFiles(preboot, files('print("größer 日本")\n', 'other.py')))
  assert.ok(takesFiles(preboot, files('')))
  assert.ok(takesFiles(preboot, files('# coding: utf-8\n')))
  assert.ok(takesFiles(preboot, files('\n\n# coding: latin-1 counts in the first two lines only')))
  for (const head of [
    '# coding: latin-1',
    '#!/x\n# -*- coding=cp1252 -*-',
    '\r# vim: set fileencoding=ascii :',
    '# coding: utf8',
  ]) {
    assert.ok(!takesFiles(preboot, files(`${head}\nprint(1)`)), head)
  }
  assert.ok(!takesFiles(preboot, files(new Uint8Array([0xff]))))
  assert.ok(!takesFiles(preboot, files('a\0b')))
})

test('files that the process looked for already are not taken, nor another main file', () => {
  assert.ok(!takesFiles(preboot, files('', 'package.json')))
  assert.ok(!takesFiles(preboot, files('', 'package.json/inside')))
  assert.ok(takesFiles(preboot, files('', 'inside/package.json')))
  assert.ok(!takesFiles(preboot, [{ path: 'other.py', content: '', encoding: 'utf8' }]))
  assert.ok(!takesFiles(preboot, []))
})
