import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectionOptions, olderVersion, unenforcedLimits } from './engine.ts'

test('olderVersion compares numbers, not text', () => {
  assert.equal(olderVersion('1.41', '1.44'), '1.41')
  assert.equal(olderVersion('1.51', '1.44'), '1.44')
  assert.equal(olderVersion('1.9', '1.44'), '1.9')
})

test('connectionOptions reads the forms of DOCKER_HOST', () => {
  assert.deepEqual(connectionOptions(undefined), {})
  assert.deepEqual(connectionOptions('unix:///run/docker.sock'), { socketPath: '/run/docker.sock' })
  assert.deepEqual(connectionOptions('tcp://127.0.0.1:2376'), { protocol: 'http', host: '127.0.0.1', port: 2376 })
})

test('unenforcedLimits names what an engine cannot hold a program to', () => {
  const info = { OperatingSystem: 'Linux', CgroupVersion: '2', SecurityOptions: ['name=seccomp,profile=default'] }
  assert.deepEqual(unenforcedLimits(info), [])
  assert.deepEqual(unenforcedLimits({ ...info, CgroupVersion: '1', SwapLimit: false, SecurityOptions: [] }), [
    'socket memory',
    'swap',
    'seccomp',
  ])
})
