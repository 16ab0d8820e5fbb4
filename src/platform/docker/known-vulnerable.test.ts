import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDistributionBuild, runcAdvisories } from './known-vulnerable.ts'

test('runcAdvisories names what was fixed upstream after a version', () => {
  assert.equal(runcAdvisories('1.1.5').length, 2)
  assert.deepEqual(runcAdvisories('1.1.12'), ['CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881'])
  assert.equal(runcAdvisories('1.2.7').length, 1)
  assert.equal(runcAdvisories('1.3.3-rc.1').length, 1)
})

test('runcAdvisories is silent about fixed, newer and unreadable versions', () => {
  for (const version of ['1.2.8', '1.3.3', 'v1.3.4', '1.4.0', '2.0.0', 'N/A', '']) {
    assert.deepEqual(runcAdvisories(version), [], version)
  }
})

test('isDistributionBuild knows the marks of packages', () => {
  assert.equal(isDistributionBuild('1.1.5+ds1-1+deb12u1'), true)
  assert.equal(isDistributionBuild('1.1.12-0ubuntu2~22.04.1'), true)
  assert.equal(isDistributionBuild('1.3.3'), false)
  assert.equal(isDistributionBuild('v1.2.8-0-gdeadbee'), false)
})
