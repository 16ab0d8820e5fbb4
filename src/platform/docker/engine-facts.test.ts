import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EngineFacts, judgeEngine } from './engine-facts.ts'

const healthy: EngineFacts = {
  version: {
    Version: '28.0.0',
    ApiVersion: '1.48',
    Components: [{ Name: 'runc', Version: '1.3.3', Details: { GitCommit: 'v1.3.3-0-gd842d77' } }],
  },
  info: {
    OperatingSystem: 'Debian GNU/Linux 13',
    CgroupVersion: '2',
    CgroupDriver: 'systemd',
    MemoryLimit: true,
    SwapLimit: true,
    PidsLimit: true,
    CpuCfsQuota: true,
    SecurityOptions: ['name=apparmor', 'name=seccomp,profile=builtin'],
    Driver: 'overlay2',
    Runtimes: { runc: {}, runsc: {} },
  },
}

function status(facts: EngineFacts, check: string, runtime?: string): string | undefined {
  return judgeEngine(facts, runtime).find(diagnosis => diagnosis.check === check)?.status
}

function withInfo(info: Partial<EngineFacts['info']>): EngineFacts {
  return { ...healthy, info: { ...healthy.info, ...info } }
}

test('a healthy engine passes every check', () => {
  const diagnoses = judgeEngine(healthy, 'runsc')
  assert.equal(diagnoses.length, 6)
  for (const diagnosis of diagnoses) assert.equal(diagnosis.status, 'ok', diagnosis.detail)
})

test('an API that is too old fails', () => {
  const facts = { ...healthy, version: { ...healthy.version, ApiVersion: '1.40' } }
  assert.equal(status(facts, 'engine'), 'failed')
})

test('a distribution’s runc is not called vulnerable, only old', () => {
  const Components = [{ Name: 'runc', Version: '1.1.5+ds1', Details: { GitCommit: '1.1.5+ds1-1+deb12u1' } }]
  const diagnosis = judgeEngine({ ...healthy, version: { ...healthy.version, Components } }, undefined).find(
    ({ check }) => check === 'runc',
  )
  assert.equal(diagnosis?.status, 'warning')
  assert.match(diagnosis?.detail ?? '', /deb12u1.*may have put the fixes/)
})

test('what limits programs must be there', () => {
  assert.equal(status(withInfo({ PidsLimit: false }), 'cgroups'), 'failed')
  assert.equal(status(withInfo({ MemoryLimit: false }), 'cgroups'), 'failed')
  assert.equal(status(withInfo({ SwapLimit: false }), 'cgroups'), 'warning')
  assert.equal(status(withInfo({ SecurityOptions: [] }), 'seccomp'), 'failed')
  assert.equal(status(withInfo({ SecurityOptions: ['name=seccomp,profile=unconfined'] }), 'seccomp'), 'failed')
})

test('a runtime that the engine does not know fails, and a slow storage driver warns', () => {
  assert.equal(status(healthy, 'runtime', 'kata'), 'failed')
  assert.equal(status(withInfo({ Driver: 'vfs' }), 'storage'), 'warning')
})

test('whatever is not ok says what to do', () => {
  const info = { PidsLimit: false, SecurityOptions: [], Driver: 'vfs' }
  const version = { ...healthy.version, ApiVersion: '1.40', Components: [{ Name: 'runc', Version: '1.1.0' }] }
  const bad = judgeEngine({ version, info: { ...healthy.info, ...info } }, 'kata').filter(
    ({ status }) => status !== 'ok',
  )
  assert.equal(bad.length, 6)
  for (const diagnosis of bad) assert.ok(diagnosis.remedy, diagnosis.check)
})
