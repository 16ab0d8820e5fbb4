import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Type } from 'typebox'
import { ConfigError } from './config-error.ts'
import { loadSettings, resolveValues, type SettingsSources } from './load-settings.ts'
import { type Settings, settingsSchema } from './settings.ts'

function load(sources: Partial<SettingsSources> & { readonly yaml?: string }): Settings {
  const folder = mkdtempSync(join(tmpdir(), 'run-it-config-'))
  try {
    if (sources.yaml !== undefined) writeFileSync(join(folder, 'run-it.yaml'), sources.yaml)
    return loadSettings({ variables: {}, folder, usesFolderFile: true, isTerminal: false, ...sources })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function faultsOf(sources: Parameters<typeof load>[0]): readonly string[] {
  try {
    load(sources)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.faults
  }
  return assert.fail('accepted')
}

describe('loadSettings', () => {
  it('fills in every default when nothing is set', () => {
    const settings = load({})
    assert.equal(settings.port, 8080)
    assert.equal(settings.host, '127.0.0.1')
    assert.equal(settings.logFormat, 'json')
    assert.equal(settings.registry, undefined)
    assert.equal(load({ isTerminal: true }).logFormat, 'pretty')
  })

  it('prefers flag to variable to file to the command to the default', () => {
    const yaml = 'port: 3\nslots: 3\ncpus: 3\n'
    const settings = load({
      flags: { port: '1' },
      variables: { RUN_IT_PORT: '2', RUN_IT_SLOTS: '2' },
      yaml,
      defaults: { cpus: 4, maxFiles: 4 },
    })
    assert.deepEqual([settings.port, settings.slots, settings.cpus, settings.maxFiles], [1, 2, 3, 4])
    assert.equal(settings.maxQueuedRuns, 100_000)
  })

  it('takes the pools from the flag --pool, from the variable and from the file, and refuses what is no name', () => {
    assert.equal(load({}).pools, 'default')
    assert.equal(load({ flags: { pool: 'gpu,big' }, variables: { RUN_IT_POOLS: 'other' } }).pools, 'gpu,big')
    assert.equal(load({ variables: { RUN_IT_POOLS: 'default, gpu' }, yaml: 'pools: other' }).pools, 'default, gpu')
    assert.equal(load({ yaml: 'pools: gpu' }).pools, 'gpu')
    for (const pools of ['GPU', 'gpu,', '1st', 'a b', 'a/b', `${'x,'.repeat(16)}x`, 'x'.repeat(33)]) {
      assert.match(faultsOf({ flags: { pool: pools } }).join(), /--pool: must be at most 16 names/, pools)
    }
  })

  it('reads sizes and times with units from every source', () => {
    const settings = load({
      flags: { maxMemoryBytes: '1g' },
      variables: { RUN_IT_MAX_WALL_TIME_MS: '10s' },
      yaml: 'maxOutputBytes: 256KiB\ndrainTimeoutMs: 500\n',
    })
    assert.deepEqual(
      [settings.maxMemoryBytes, settings.maxWallTimeMs, settings.maxOutputBytes, settings.drainTimeoutMs],
      [1024 ** 3, 10_000, 256 * 1024, 500],
    )
  })

  it('says where each bad value came from, all at once', () => {
    const faults = faultsOf({
      flags: { port: '70000' },
      variables: { RUN_IT_SLOTS: 'many' },
      yaml: 'cpus: 1\nlogLevel: loud\n',
    })
    assert.deepEqual([...faults].sort(), [
      '--port: must be at most 65535, not "70000"',
      'RUN_IT_SLOTS: must be a whole number, not "many"',
      'run-it.yaml:2: logLevel must be trace, debug, info, warn, error or silent, not "loud"',
    ])
  })

  it('names the nearest of an unknown key and an unknown variable', () => {
    assert.deepEqual(faultsOf({ yaml: '# mine\nmax-files: 3\n' }), [
      'run-it.yaml:2: there is no setting "max-files"; did you mean "maxFiles"?',
    ])
    assert.deepEqual(faultsOf({ variables: { RUN_IT_PROT: '1' } }), [
      'there is no variable RUN_IT_PROT; did you mean "RUN_IT_PORT"?',
    ])
  })

  it('accepts no value without a bound', () => {
    for (const bad of ['0', '-1', 'NaN', 'Infinity', '1e3', '1.5', '']) {
      assert.equal(faultsOf({ flags: { maxMemoryBytes: bad } }).length, 1, bad)
    }
    assert.equal(faultsOf({ yaml: 'maxMemoryBytes: .inf' }).length, 1)
    assert.equal(faultsOf({ yaml: 'maxMemoryBytes: null' }).length, 1)
    assert.equal(faultsOf({ yaml: 'maxMemoryBytes: [1]' }).length, 1)
  })

  it('tells where the file is broken', () => {
    assert.match(faultsOf({ yaml: 'port: 1\n  slots: [\n' })[0] ?? '', /^run-it\.yaml:\d+: /)
    assert.match(faultsOf({ yaml: 'port: 1\nport: 2\n' })[0] ?? '', /^run-it\.yaml:2: .*unique/)
    assert.match(faultsOf({ yaml: '- port\n' })[0] ?? '', /^run-it\.yaml:1: /)
    assert.deepEqual(faultsOf({ file: 'absent.yaml' }), ['absent.yaml: there is no such file'])
  })

  it('leaves a file of the current folder alone when the command says so', () => {
    assert.equal(load({ yaml: 'port: 9', usesFolderFile: false }).port, 8080)
    assert.equal(load({ yaml: 'port: 9', usesFolderFile: false, variables: { RUN_IT_CONFIG: 'run-it.yaml' } }).port, 9)
  })

  it('resolves folders against the current one', () => {
    assert.equal(load({ folder: '/srv', flags: { dataDirectory: 'data' } }).dataDirectory, '/srv/data')
  })
})

describe('a secret setting', () => {
  const schema = { properties: { apiSecret: Type.Optional(Type.String({ secret: true, minLength: 4 })) } }
  const resolveSecret = (variables: Record<string, string>) =>
    resolveValues(schema, { variables, folder: tmpdir(), usesFolderFile: false, isTerminal: false }).settings.apiSecret

  it('is read from the file that its variable names, without the line end', t => {
    const folder = mkdtempSync(join(tmpdir(), 'run-it-secret-'))
    t.after(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'secret'), 'hunter22\n')
    assert.equal(resolveSecret({ RUN_IT_API_SECRET_FILE: join(folder, 'secret') }), 'hunter22')
    assert.equal(resolveSecret({ RUN_IT_API_SECRET: 'plain' }), 'plain')
  })

  it('may have another name, which counts after its own', () => {
    const load = (variables: Record<string, string>) =>
      resolveValues(settingsSchema, { variables, folder: tmpdir(), usesFolderFile: false, isTerminal: false }).settings
    const [one, other] = ['postgres://one/a', 'postgres://other/b']
    assert.equal(load({ DATABASE_URL: one }).databaseUrl, one)
    assert.equal(load({ DATABASE_URL: one, RUN_IT_DATABASE_URL: other }).databaseUrl, other)
    assert.throws(() => load({ DATABASE_URL_FILE: '/nonexistent/x' }), /DATABASE_URL_FILE: cannot read/)
  })

  it('never shows in an error', () => {
    assert.throws(
      () => resolveSecret({ RUN_IT_API_SECRET: 'abc' }),
      error => error instanceof ConfigError && !error.message.includes('abc'),
    )
  })

  it('cannot be given twice, nor in a missing file', () => {
    assert.throws(() => resolveSecret({ RUN_IT_API_SECRET: 'abcd', RUN_IT_API_SECRET_FILE: '/x' }), /both set/)
    assert.throws(() => resolveSecret({ RUN_IT_API_SECRET_FILE: '/nonexistent/x' }), /cannot read/)
  })
})
