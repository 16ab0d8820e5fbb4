import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Docker from 'dockerode'
import { connectionOptions, engineAddress } from './engine-address.ts'

/** What keeps the library from looking elsewhere. */
const socketAlone = { host: '', protocol: 'http' } as const

test('engineAddress is the setting, else the variable, else the usual socket', () => {
  assert.equal(engineAddress('unix:///a', { DOCKER_HOST: 'unix:///b' }), 'unix:///a')
  assert.equal(engineAddress(undefined, { DOCKER_HOST: 'unix:///b' }), 'unix:///b')
  assert.equal(engineAddress(undefined, { DOCKER_HOST: '' }), 'unix:///var/run/docker.sock')
})

test('connectionOptions reads the forms of DOCKER_HOST that need no certificate', () => {
  const cases = [
    [undefined, {}],
    ['unix:///run/docker.sock', { ...socketAlone, socketPath: '/run/docker.sock' }],
    ['unix://', { ...socketAlone, socketPath: '/var/run/docker.sock' }],
    ['tcp://127.0.0.1:2375', { protocol: 'http', host: '127.0.0.1', port: 2375 }],
    ['tcp://engine', { protocol: 'http', host: 'engine', port: 2375 }],
    ['tcp://engine:80', { protocol: 'http', host: 'engine', port: 80 }],
    ['tcp://[::1]:2375', { protocol: 'http', host: '[::1]', port: 2375 }],
    ['engine:4000', { protocol: 'http', host: 'engine', port: 4000 }],
    ['http://engine:2376', { protocol: 'http', host: 'engine', port: 2376 }],
  ] as const
  for (const [address, expected] of cases) {
    assert.deepEqual(connectionOptions(address, {}), expected, address)
    assert.deepEqual(connectionOptions(undefined, { DOCKER_HOST: address }), expected, address)
  }
})

test('connectionOptions speaks TLS where the address or the variables ask for it, wherever the address came from', context => {
  const folder = mkdtempSync(join(tmpdir(), 'run-it-certificates-'))
  context.after(() => rmSync(folder, { recursive: true }))
  for (const name of ['ca', 'cert', 'key']) writeFileSync(join(folder, `${name}.pem`), name)
  const files = { ca: Buffer.from('ca'), cert: Buffer.from('cert'), key: Buffer.from('key') }
  const cases = [
    ['tcp://engine:2376', {}, 2376],
    ['https://engine', {}, 2376],
    ['https://engine:443', {}, 443],
    ['tcp://engine:4000', { DOCKER_TLS_VERIFY: '1' }, 4000],
    ['tcp://engine', { DOCKER_TLS_VERIFY: 'yes' }, 2376],
  ] as const
  for (const [address, verify, port] of cases) {
    const expected = { protocol: 'https', host: 'engine', port, ...files }
    const variables = { ...verify, DOCKER_CERT_PATH: folder }
    assert.deepEqual(connectionOptions(address, variables), expected, address)
    assert.deepEqual(connectionOptions(undefined, { ...variables, DOCKER_HOST: address }), expected, address)
  }
})

test('connectionOptions tells which file of TLS is missing, rather than to trust anybody', () => {
  const variables = { DOCKER_CERT_PATH: '/nowhere' }
  assert.throws(() => connectionOptions('tcp://engine:2376', variables), {
    code: 'unavailable',
    message: /asks for TLS, and DOCKER_CERT_PATH has no ca\.pem that can be read/,
  })
})

test('connectionOptions refuses what it cannot reach', () => {
  for (const address of ['ssh://me@engine', 'npipe:////./pipe/docker_engine', 'tcp://', 'tcp://engine:99999'])
    assert.throws(() => connectionOptions(address, {}), /is no address of one that is supported/, address)
})

test('the library goes where it is told, whatever is in its own variables', context => {
  const before = process.env.DOCKER_HOST
  context.after(() => {
    if (before === undefined) delete process.env.DOCKER_HOST
    else process.env.DOCKER_HOST = before
  })
  process.env.DOCKER_HOST = 'tcp://elsewhere:2375'
  const placeOf = (address: string) => {
    const { socketPath, host, port } = new Docker(connectionOptions(address)).modem as Docker.DockerOptions
    return { socketPath, host, port }
  }
  const { port: _ignored, ...socket } = placeOf('unix:///run/mine.sock')
  assert.deepEqual(socket, { socketPath: '/run/mine.sock', host: '' })
  const far = { socketPath: undefined, host: '[2001:db8::1]', port: 2375 }
  assert.deepEqual(placeOf('tcp://[2001:db8::1]:2375'), far)
})
