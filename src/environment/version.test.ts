import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coerceVersion, descending, isExactVersion, isInRange, versionRange } from './version.ts'

test('coerceVersion reads versions that are not strict semver', () => {
  for (const [published, semver] of [
    ['3.11.2', '3.11.2'],
    ['5.3', '5.3.0'],
    ['12', '12.0.0'],
    ['1.21rc2', '1.21.0-rc2'],
    ['3.15.0a2', '3.15.0-a2'],
    ['3.12.1-slim', '3.12.1-slim'],
    ['6.12.0.182', '6.12.0'],
    ['1.07.1', '1.7.1'],
  ] as const) {
    assert.equal(coerceVersion(published)?.version, semver, published)
  }
})

test('coerceVersion knows what is no version', () => {
  for (const text of ['', 'latest', '^3', '3.x', '../3', '3 ', '99999999999.0.0', '3.11.2\n']) {
    assert.equal(coerceVersion(text), undefined, JSON.stringify(text))
  }
})

test('an exact version has three numbers', () => {
  assert.deepEqual(['3.11.2', '3.11', '3', '3.11.2-slim', '03.1.1', 'x'].map(isExactVersion), [
    true,
    false,
    false,
    false,
    false,
    false,
  ])
})

test('a partial version is a range', () => {
  const range = versionRange('3.11') ?? ''
  assert.deepEqual(
    ['3.11.2', '3.11.14', '3.12.0', '3.1.1'].map(version => isInRange(version, range)),
    [true, true, false, false],
  )
})

test('a comma joins two bounds', () => {
  const range = versionRange('>=3.10,<3.13') ?? ''
  assert.deepEqual(
    ['3.9.24', '3.10.19', '3.12.12', '3.13.9'].map(version => isInRange(version, range)),
    [false, true, true, false],
  )
})

test('a range is undefined where semver knows none', () => {
  for (const text of ['', ',', 'banana', '>=', '3..1', '3.11.2.1']) assert.equal(versionRange(text), undefined, text)
})

test('a coerced version is found in a range', () => {
  assert.equal(isInRange('5.3', versionRange('5') ?? ''), true)
  assert.equal(isInRange('1.21rc2', versionRange('>=1.20') ?? ''), false, 'a release candidate has to be asked for')
})

test('versions are ordered by number, not by letter', () => {
  assert.deepEqual(['1.9.1', 'tip', '1.25', '1.16.3'].sort(descending), ['1.25', '1.16.3', '1.9.1', 'tip'])
})
