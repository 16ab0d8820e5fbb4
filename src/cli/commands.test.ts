import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runCommandLine } from './command-line.ts'
import { commands } from './commands.ts'
import type { App } from './context.ts'
import { fakeRun, fakeServer } from './fake-server.ts'
import { type TestContext, type TestContextOptions, testContext, testEngine } from './test-context.ts'

async function call(line: string, options: Omit<TestContextOptions, 'argv'> = {}) {
  const context = testContext({ fetch: fakeServer().fetch, ...options, argv: line.split(' ').filter(Boolean) })
  const code = await runCommandLine(context)
  return { code, context, stdout: context.written.stdoutText, stderr: context.written.stderrText }
}

describe('the command line', () => {
  it('explains itself: every command has a summary, a description and examples', async () => {
    const { code, stdout } = await call('--help')
    assert.equal(code, 0)
    for (const { name, summary } of commands) {
      assert.match(stdout, new RegExp(`^ {2}${name} .*${summary}`, 'm'))
      const help = await call(`${name} --help`)
      assert.equal(help.code, 0, name)
      assert.match(help.stdout, /Examples:\n {2}\S*.*run-it /, name)
    }
  })

  it('knows its version', async () => {
    assert.equal((await call('--version')).stdout, '0.0.0-test\n')
  })

  it('offers the nearest of what does not exist', async () => {
    const command = await call('srve')
    assert.equal(command.code, 64)
    assert.match(command.stderr, /^run-it: unknown command 'srve'\n\(Did you mean serve\?\)/)
    const option = await call('serve --prot 1')
    assert.equal(option.code, 64)
    assert.match(option.stderr, /Did you mean --port\?/)
    assert.equal((await call('')).code, 64)
  })

  it('says what to do when no server answers', async () => {
    const { code, stderr } = await call('list', { fetch: () => Promise.reject(new TypeError('fetch failed')) })
    assert.equal(code, 69)
    assert.equal(stderr, 'run-it: cannot reach http://127.0.0.1:8080: is `run-it serve` running?\n')
  })
})

describe('run-it list', () => {
  it('is cut by tabs in a pipe, and aligned with a heading on a terminal', async () => {
    const piped = await call('list')
    assert.equal(piped.stdout, `${fakeRun.id}\tfinished\texit code 0\tpython@3.11.2\t250 ms\t${fakeRun.createdAt}\n`)
    const shown = await call('list', { isTerminal: true })
    assert.match(shown.stdout, /^ID +STATE +OUTCOME +ENVIRONMENT +TOOK +CREATED\n01JD/)
  })

  it('prints JSON, and refuses a filter that cannot be', async () => {
    assert.deepEqual(JSON.parse((await call('list --json')).stdout), [fakeRun])
    assert.equal((await call('list --state done')).code, 64)
    assert.equal((await call('list --limit 0')).code, 64)
  })
})

describe('run-it show, logs and cancel', () => {
  it('show a run to people and to programs', async () => {
    const { stdout } = await call(`show ${fakeRun.id}`)
    assert.match(stdout, /^Run: +01JD\S+\nState: +finished\nOutcome: +exit code 0\nEnvironment: +python@3\.11\.2\n/)
    assert.deepEqual(JSON.parse((await call(`show ${fakeRun.id} --json`)).stdout), fakeRun)
  })

  it('print each stream to its own', async () => {
    const { stdout, stderr } = await call(`logs ${fakeRun.id}`)
    assert.deepEqual([stdout, stderr], ['out', 'err'])
  })

  it('follow a run to its end', async () => {
    const server = fakeServer([{ type: 'output', stage: 'run', stream: 'stdout', content: 'live', encoding: 'utf8' }])
    const { code, stdout } = await call(`logs --follow ${fakeRun.id}`, { fetch: server.fetch })
    assert.deepEqual([code, stdout, server.cancels], [0, 'live', []])
  })

  it('rerun follows the new run, and ends as it does', async () => {
    const output = { type: 'output', stage: 'run', stream: 'stdout', content: 'again', encoding: 'utf8' } as const
    const server = fakeServer([output], { outcome: { kind: 'exited', code: 3 } })
    const { code, stdout } = await call(`rerun ${fakeRun.id}`, { fetch: server.fetch })
    assert.deepEqual([code, stdout], [3, 'again'])
  })

  it('cancel each run that is named', async () => {
    const server = fakeServer()
    const { stdout } = await call(`cancel ${fakeRun.id}`, { fetch: server.fetch })
    assert.deepEqual(server.cancels, [fakeRun.id])
    assert.equal(stdout, `${fakeRun.id}\tfinished: exit code 0\n`)
  })

  it('say that there is no such run', async () => {
    for (const command of ['show', 'logs', 'cancel', 'logs --follow', 'rerun']) {
      const { code, stderr } = await call(`${command} nothing`)
      assert.equal(code, 66, command)
      assert.equal(stderr, 'run-it: There is no such run.\n')
    }
  })
})

describe('run-it env', () => {
  it('asks the server, and starts an engine where none runs and none is named', async () => {
    const expected = /^python\tPython\t3\.11\.2\t-\t-\t-\t\.py\n/
    assert.match((await call('env list')).stdout, expected)
    let closed = 0
    const startEmbedded: App['startEmbedded'] = async () =>
      testEngine({ fetch: fakeServer().fetch, close: async () => void closed++ })
    const unreachable: typeof fetch = () => Promise.reject(new TypeError('fetch failed'))
    const embedded = await call('env list', { fetch: unreachable, app: { startEmbedded } })
    assert.match(embedded.stdout, expected)
    assert.equal(closed, 1)
    const named = await call('env list --server http://fake.invalid', { fetch: unreachable, app: { startEmbedded } })
    assert.deepEqual([named.code, closed], [69, 1])
  })

  it('shows one, and names those that exist', async () => {
    assert.match((await call('env show py')).stdout, /^Name: +python, py\n/)
    const { code, stderr } = await call('env show perl')
    assert.equal(code, 66)
    assert.match(stderr, /There are: python, go/)
  })

  it('pulls, with progress on stderr and the result on stdout', async () => {
    const prepareEnvironment: App['prepareEnvironment'] = async (_settings, _observer, name, onProgress) => {
      onProgress({ phase: 'build', message: 'Step 1' })
      return { name, version: '1.16.3', digest: 'sha256:9' }
    }
    const { stdout, stderr } = await call('env pull go', { app: { prepareEnvironment } })
    assert.equal(stdout, 'go@1.16.3\tsha256:9\n')
    assert.equal(stderr, 'run-it: building: Step 1\n')
  })

  it('lets a server that is named pull, and shows its progress here', async () => {
    const outcomes = [
      { kind: 'succeeded', environment: { name: 'go', version: '1.16.3', digest: 'sha256:9' } },
      { kind: 'failed', code: 'environment-unavailable', detail: 'The registry has no go@1.16.9; nearest: go@1.16.8' },
    ]
    const asked: string[] = []
    const answer: typeof fetch = async (input, init) => {
      const { pathname } = new URL(String(input))
      asked.push(`${init?.method ?? 'GET'} ${pathname}`)
      if (!pathname.endsWith('/events')) return Response.json({ id: 'O1', state: 'finished', outcome: outcomes[0] })
      const progress = { sequence: 1, at: '', type: 'progress', progress: { phase: 'pull', message: 'Layer' } }
      const events = [progress, { sequence: 2, at: '', type: 'finished', operation: {} }]
      const text = events.map(
        event => `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
      )
      return new Response(text.join(''), { headers: { 'content-type': 'text/event-stream' } })
    }
    const line = 'env pull go@1.16.3 --server http://server.invalid'
    const pulled = await call(line, { fetch: answer })
    assert.deepEqual(asked.slice(0, 2), ['POST /v1/environments/go%401.16.3/pull', 'GET /v1/operations/O1/events'])
    assert.equal(pulled.stdout, 'go@1.16.3\tsha256:9\n')
    assert.equal(pulled.stderr, 'run-it: pulling: Layer\n')
    outcomes.shift()
    const failed = await call(line, { fetch: answer })
    assert.equal(failed.code, 69)
    assert.match(failed.stderr, /go@1\.16\.3: The registry has no go@1\.16\.9; nearest: go@1\.16\.8\n$/)
  })
})

describe('run-it serve', () => {
  function served(argv: string, variables: Record<string, string> = {}) {
    const calls: string[] = []
    const started = Promise.withResolvers<void>()
    const closing = Promise.withResolvers<void>()
    const startServer: App['startServer'] = async settings => {
      calls.push(`start ${settings.port} ${settings.pull} ${settings.pools}`)
      started.resolve()
      return {
        url: 'http://127.0.0.1:9',
        close: async () => {
          calls.push('close')
          await closing.promise
        },
        hurry: () => void calls.push('hurry'),
        describe: async () => ({ slots: 0 }),
      }
    }
    const context: TestContext = testContext({
      argv: argv.split(' '),
      app: { startServer },
      folder: '/nonexistent',
      variables,
    })
    return { calls, context, closing, started: started.promise, code: runCommandLine(context) }
  }

  it('waits for runs at the first signal, hands them back at the second, and ends at once at the third', async () => {
    const { calls, context, closing, started, code } = served(
      'serve --port 9 --no-pull --pool gpu --pool big,x --log-format json',
    )
    await started
    context.interrupt('SIGTERM')
    while (!calls.includes('close')) await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(calls, ['start 9 false gpu,big,x', 'close'])
    context.interrupt('SIGTERM')
    assert.deepEqual([calls.at(-1), context.exits], ['hurry', []])
    context.interrupt('SIGTERM')
    assert.deepEqual(context.exits, [130])
    closing.resolve()
    assert.equal(await code, 0)
    assert.equal(context.written.stdoutText, '')
    assert.match(context.written.stderrText, /"msg":"listening"/)
  })

  it('greets people with where it is', async () => {
    const { context, closing, started, code } = served(
      'serve --log-format pretty --log-level silent --data-directory /d',
    )
    await started
    context.interrupt()
    closing.resolve()
    assert.equal(await code, 0)
    assert.match(context.written.stderrText, /API +http:\/\/127\.0\.0\.1:9\n +Docs +http:\/\/127\.0\.0\.1:9\/docs\n/)
    assert.match(context.written.stderrText, /Engine +cannot be reached now.*\n +Data +\/d\n/)
  })

  it('says what keeps it from starting, without a stack', async () => {
    const inUse = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE', address: '127.0.0.1', port: 9 })
    const locked = Object.assign(new Error('The data directory is in use.'), { name: 'StoreError' })
    for (const [error, text] of [
      [inUse, 'run-it: 127.0.0.1 port 9 is in use: choose another with --port\n'],
      [locked, 'run-it: The data directory is in use.\n'],
    ] as const) {
      const { code, stderr } = await call('serve', { app: { startServer: () => Promise.reject(error) } })
      assert.deepEqual([code, stderr], [69, text])
    }
  })

  it('refuses wrong settings, each in one line', async () => {
    const bad = served('serve --port 99999 --slots x')
    assert.equal(await bad.code, 78)
    assert.deepEqual(bad.calls, [])
    assert.equal(
      bad.context.written.stderrText,
      'run-it: --port: must be at most 65535, not "99999"\nrun-it: --slots: must be a whole number, not "x"\n',
    )
    const secret = served('serve', { DATABASE_URL: 'mysql://me:hunter2@x' })
    assert.equal(await secret.code, 78)
    assert.match(
      secret.context.written.stderrText,
      /^run-it: DATABASE_URL: must be an address such as `postgres:.*, not the value/,
    )
    assert.doesNotMatch(secret.context.written.stderrText, /hunter2/)
  })
})
