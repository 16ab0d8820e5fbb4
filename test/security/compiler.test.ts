import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import type { Run } from '../../sdk/src/types.ts'
import { assertExited, attackedServer, stdoutOf } from './target.ts'

suite('compiler', () => {
  const target = attackedServer()

  let library = ''
  before(async () => {
    const built = await target.c('build-sabotage')
    const bytes = Buffer.from(await target.server.client.runs.stdout(built.id))
    assert.equal(bytes.subarray(1, 4).toString(), 'ELF', built.stages.at(-1)?.stderr.content)
    library = bytes.toString('base64')
  })

  /** A run whose compiler does this as its last act. */
  function sabotage(commands: string, source = 'int main(void) { return 99; }'): Promise<Run> {
    const files = [
      { path: 'main.c', content: source },
      { path: 'x.so', content: library, encoding: 'base64' as const },
    ]
    return target.run({ environment: 'c', files, env: { LD_PRELOAD: '/code/x.so', SABOTAGE: commands } })
  }

  const endings = {
    'a link to a system folder': { commands: 'rm -rf /code/.out; ln -s /etc /code/.out', code: 127 },
    'a link to a setuid program': { commands: 'ln -sf /usr/bin/su /code/.out/main', code: 1 },
    'a link to itself': { commands: 'ln -sf main /code/.out/main', code: 126 },
    'a link to init': { commands: 'ln -sf /.run-it/init /code/.out/main', code: 64 },
    'a link to the memory of init': { commands: 'ln -sf /proc/1/exe /code/.out/main', code: 126 },
    'a pipe': { commands: 'rm /code/.out/main; mkfifo /code/.out/main', code: 126 },
    'a folder': { commands: 'rm /code/.out/main; mkdir /code/.out/main', code: 126 },
    'nothing at all': { commands: 'rm -rf /code/.out /code/* /code/.*', code: 127 },
    'a script for itself': {
      commands: 'rm /code/.out/main; echo "#!/code/.out/main" > /code/.out/main; chmod +x /code/.out/main',
      code: 126,
    },
    'a folder that is shut': { commands: 'chmod 0 /code', code: 126 },
  }

  for (const [name, { commands, code }] of Object.entries(endings)) {
    test(`${name} in the place of the program harms nobody but the run`, async () => {
      const run = await sabotage(commands)
      assert.equal(run.stages.length, 2)
      assertExited(run, code)
    })
  }

  test('a daemon of the compile stage is not there in the run stage', async () => {
    const daemon =
      "setsid sh -c 'trap : TERM HUP; echo $$ > daemon; while :; do sleep 1; done' & until [ -s daemon ]; do :; done"
    const look =
      '#include <stdlib.h>\nint main(void) { unsetenv("LD_PRELOAD"); return system("cat daemon; ls /proc"); }'
    const run = await sabotage(daemon, look)
    assertExited(run)
    const [daemonPid = '', ...listed] = stdoutOf(run).trimEnd().split('\n')
    assert.match(daemonPid, /^\d+$/)
    assert.ok(listed.includes('1') && !listed.includes(daemonPid), stdoutOf(run))
  })

  test('a compiler reads nothing that the program could not', async () => {
    for (const path of ['/proc/1/environ', '/proc/1/mem', '/etc/shadow', '/proc/kcore', '/var/run/docker.sock']) {
      const run = await target.run({ environment: 'c', source: `#include "${path}"\nint main(void) { return 0; }` })
      assert.deepEqual(run.outcome, { kind: 'compile-failed' }, path)
      const [compile] = run.stages
      assert.match(compile?.stderr.content ?? '', /fatal error: .*(Permission denied|No such|not permitted)/, path)
    }
  })
})
