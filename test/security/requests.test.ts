import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { RunItError } from '../../sdk/src/client.ts'
import type { RunSubmission } from '../../sdk/src/types.ts'
import { assertExited, attackedServer, stdoutOf } from './target.ts'

const KiB = 1024
const evilPaths = {
  'a way out': '../escape',
  'a way out in the middle': 'a/../../escape',
  absolute: '/etc/passwd',
  'with a NUL': 'a\0b',
  'with a newline': 'a\nb',
  'with an escape sequence': 'a\u001b[2Jb',
  'a lone surrogate': 'a\ud800',
  empty: '',
  'an empty part': 'a//b',
  'the folder itself': '.',
  'ending in a slash': 'a/',
  'in the place of what a compiler makes': '.out/main',
  'too long': 'a/'.repeat(3000),
  'a part that is too long': 'a'.repeat(256),
}

suite('requests', () => {
  const target = attackedServer()

  async function assertRefused(submission: RunSubmission, code: string, name: string): Promise<void> {
    const submitted = target.server.client.runs.submit(submission)
    await assert.rejects(
      submitted,
      error => {
        assert.ok(error instanceof RunItError, `${name}: ${error}`)
        assert.equal(error.problem.code, code, `${name}: ${error.message}`)
        return true
      },
      name,
    )
  }

  test('a file with a name that leads elsewhere is refused', async () => {
    const main = { path: 'main.sh', content: 'true' }
    for (const [name, path] of Object.entries(evilPaths)) {
      const files = [main, { path, content: 'x' }]
      await assertRefused({ environment: 'bash', files }, 'invalid-file', name)
    }
    const twice = [main, { path: 'main.sh/x', content: 'x' }]
    await assertRefused({ environment: 'bash', files: twice }, 'invalid-file', 'below a file')
    await assertRefused({ environment: 'bash', files: [main, main] }, 'invalid-file', 'twice')
  })

  test('a body that is no UTF-8, no JSON, or reaches for a prototype is refused', async () => {
    const body = (path: Buffer) =>
      Buffer.concat([Buffer.from('{"environment":"bash","files":[{"content":"","path":"'), path, Buffer.from('"}]}')])
    const bodies = {
      'invalid UTF-8': body(Buffer.from([0xff, 0xfe])),
      'an overlong slash': body(Buffer.from([0x2e, 0x2e, 0xc0, 0xaf])),
      'no JSON': Buffer.from('{"environment":'),
      prototype: Buffer.from('{"environment":"bash","source":"","env":{"__proto__":{"x":"y"}}}'),
      'ten thousand arrays': Buffer.from('['.repeat(10_000)),
    }
    for (const [name, bytes] of Object.entries(bodies)) {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`${target.server.url}/v1/runs`, { method: 'POST', headers, body: bytes })
      const problem = (await response.json()) as { readonly code: string }
      assert.deepEqual([response.status, problem.code], [400, 'malformed-json'], name)
    }
  })

  test('strange names that are allowed are names and nothing else', async () => {
    const names = [
      '-rf',
      '$(id)',
      '`id`',
      '; echo pwned',
      '*',
      '~',
      '@args.c',
      '-fplugin=x.c',
      "'",
      '"',
      '\u202e',
      '..a',
    ]
    const files = [
      { path: 'main.py', content: 'import os\nprint(sorted(os.listdir(".")))' },
      ...names.map(path => ({ path, content: '' })),
    ]
    const run = await target.run({ environment: 'python', files })
    assertExited(run)
    for (const name of names.filter(name => !/['"\u202e]/.test(name)))
      assert.ok(stdoutOf(run).includes(`'${name}'`), name)
    const compiled = await target.run({
      environment: 'c',
      files: [
        { path: 'main.c', content: 'int main(void) { return 3; }' },
        { path: '-fplugin=x.c', content: '' },
        { path: '@args.c', content: '' },
        { path: '-wrapper sh,-c,id.c', content: '' },
      ],
    })
    assertExited(compiled, 3)
  })

  test('an argument of ten megabytes is refused, and one of a hundred kilobytes arrives', async () => {
    const count = { environment: 'python', source: 'import sys\nprint(len(sys.argv[1]), set(sys.argv[1]))' }
    await assertRefused({ ...count, args: ['x'.repeat(10_000_000)] }, 'invalid-request', 'ten megabytes')
    await assertRefused({ ...count, args: ['a\0b'] }, 'invalid-request', 'NUL')
    await assertRefused({ ...count, env: { 'A=B': 'x' } }, 'invalid-request', 'a name with an equals sign')
    const run = await target.run({ ...count, args: ['x'.repeat(100 * KiB - 1)] })
    assertExited(run)
    assert.equal(stdoutOf(run), `${100 * KiB - 1} {'x'}\n`)
  })

  test('no limit means no "unlimited"', async () => {
    for (const value of [0, -1, 2 ** 53 - 1]) {
      for (const name of [
        'wallTimeMs',
        'cpuTimeMs',
        'memoryBytes',
        'processes',
        'openFiles',
        'diskBytes',
        'outputBytes',
      ]) {
        const submission = { environment: 'bash', source: 'true', limits: { [name]: value } }
        await assertRefused(submission, 'limit-out-of-range', `${name} ${value}`)
      }
    }
  })

  test('variables that loaders and shells heed stay in the sandbox', async () => {
    const run = await target.bash('id -u; echo "$PATH"', {
      env: {
        LD_PRELOAD: '/code/missing.so',
        LD_LIBRARY_PATH: '/code',
        BASH_ENV: '/etc/shadow',
        IFS: '/',
        PATH: '/code:/usr/bin:/bin',
        DOCKER_HOST: 'unix:///var/run/docker.sock',
      },
    })
    assertExited(run)
    assert.match(stdoutOf(run), /^1\d{4}\n\/code:\/usr\/bin:\/bin\n$/)
  })
})
