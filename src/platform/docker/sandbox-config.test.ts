import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultLimits } from '../../run/limits.ts'
import { sandboxConfig } from './sandbox-config.ts'

const input = {
  name: 'run-it-1',
  image: 'sha256:abc',
  imageVolumes: ['/var/lib/data'],
  initVolume: 'run-it-init-1',
  user: 10_007,
  limits: defaultLimits,
  cpus: 1.5,
  installationId: 'here',
  workerId: 'worker-1',
  run: { id: '01', attempt: 2 },
  deadline: new Date(0),
  lifetimeSeconds: 60,
}

test('a sandbox is unprivileged in every way that the engine knows', () => {
  const { HostConfig: host, ...config } = sandboxConfig(input)
  assert.equal(config.User, '10007:10007')
  assert.equal(config.NetworkDisabled, true)
  assert.deepEqual(config.Healthcheck, { Test: ['NONE'] })
  assert.equal(host.Privileged, false)
  assert.deepEqual(host.CapDrop, ['ALL'])
  assert.deepEqual(host.CapAdd, [])
  assert.deepEqual(host.SecurityOpt, ['no-new-privileges'])
  assert.equal(host.ReadonlyRootfs, true)
  assert.equal(host.NetworkMode, 'none')
  assert.equal(host.IpcMode, 'none')
  assert.equal(host.CgroupnsMode, 'private')
  assert.equal(host.PidMode, undefined)
  assert.deepEqual(host.LogConfig, { Type: 'none', Config: {} })
  assert.deepEqual(host.RestartPolicy, { Name: 'no' })
  assert.deepEqual([host.Binds, host.Devices], [[], []])
})

test('a sandbox has no mount but the read-only init', () => {
  const { Mounts } = sandboxConfig(input).HostConfig
  assert.equal(Mounts?.length, 1)
  assert.equal(Mounts[0]?.Source, 'run-it-init-1')
  assert.equal(Mounts[0]?.ReadOnly, true)
})

test('every limit reaches the engine, and none can mean "no limit"', () => {
  const { HostConfig: host } = sandboxConfig(input)
  assert.equal(host.Memory, defaultLimits.memoryBytes)
  assert.equal(host.MemorySwap, host.Memory)
  assert.equal(host.PidsLimit, defaultLimits.processes + 1)
  assert.equal(host.NanoCpus, 1_500_000_000)
  for (const folder of ['/code', '/tmp', '/dev/shm']) {
    assert.match(host.Tmpfs?.[folder] ?? '', /nosuid,nodev,.*size=[1-9]\d*,nr_inodes=[1-9]\d*,uid=10007,gid=10007/)
  }
  assert.deepEqual(
    host.Ulimits?.map(limit => [limit.Name, limit.Hard]),
    [
      ['nofile', 1024],
      ['fsize', defaultLimits.diskBytes],
      ['core', 1],
    ],
  )
})

test("an image's own volumes become empty and read-only", () => {
  assert.match(sandboxConfig(input).HostConfig.Tmpfs?.['/var/lib/data'] ?? '', /^ro,/)
})

test('the engine chooses the runtime unless the operator did', () => {
  assert.equal('Runtime' in sandboxConfig(input).HostConfig, false)
  assert.equal(sandboxConfig({ ...input, runtime: 'runsc' }).HostConfig.Runtime, 'runsc')
})

test('labels say whose the sandbox is and until when', () => {
  assert.deepEqual(sandboxConfig(input).Labels, {
    'run-it.installation': 'here',
    'run-it.worker': 'worker-1',
    'run-it.run': '01',
    'run-it.attempt': '2',
    'run-it.deadline': '1970-01-01T00:00:00.000Z',
  })
})

test('a sandbox that is made ahead belongs to no run yet', () => {
  assert.deepEqual(sandboxConfig({ ...input, run: undefined }).Labels, {
    'run-it.installation': 'here',
    'run-it.worker': 'worker-1',
    'run-it.warm': 'true',
    'run-it.deadline': '1970-01-01T00:00:00.000Z',
  })
})
