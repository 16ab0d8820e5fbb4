import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { deploymentId, docker } from '../../test/support/product-image.ts'
import { repository } from '../../test/support/source-files.ts'
import { SystemdMachine } from '../../test/support/systemd-machine.ts'
import { waitFor } from '../../test/support/wait-for.ts'

const address = 'http://127.0.0.1:8080'
const node = '/opt/run-it/node_modules/.bin/node'

let machine: SystemdMachine

suite('the unit of systemd', { timeout: 600_000 }, () => {
  before(
    async () => {
      machine = await SystemdMachine.start(`run-it-test-machine-${deploymentId}`)
      const images = await docker('images', '--format={{.Repository}}:{{.Tag}}', 'run-it/bash')
      await machine.copyImages(
        await docker('images', '--format={{.Repository}}:{{.Tag}}', 'run-it/debian'),
        ...images.split('\n'),
      )
    },
    { timeout: 600_000 },
  )
  after(async () => await machine?.[Symbol.asyncDispose](), { timeout: 120_000 })

  test('starts as the page on deployment says, and runs programs', async () => {
    const page = readFileSync(join(repository, 'docs/deployment.md'), 'utf8')
    const [, section = ''] = page.split('## As a service')
    const commands = (/```sh\n(.*?)```/s.exec(section)?.[1] ?? '')
      .split('\n')
      .filter(line => !line.startsWith('journalctl'))
    assert.ok(commands.length > 3, section)
    await machine.shell(commands.join('\n'))
    await listening()
    assert.equal(await runProgram('echo $((6 * 7))'), '42')
  })

  test('has nothing but what it needs, and what it writes is its own', async () => {
    const pid = await machine.show('run-it', 'MainPID')
    const status = await machine.exec('cat', `/proc/${pid}/status`)
    const user = await machine.exec('id', '-u', 'run-it')
    for (const line of [`Uid:\t${user}\t${user}`, 'NoNewPrivs:\t1', 'Seccomp:\t2', 'CapBnd:\t0000000000000000']) {
      assert.ok(status.includes(line), `${line} is not in ${status}`)
    }
    assert.equal(await machine.exec('stat', '--format=%U %a', '/var/lib/run-it/run-it.db'), 'run-it 600')
    assert.equal(await machine.try('systemd-analyze', 'verify', '/etc/systemd/system/run-it.service'), '')
  })

  test('lets a run finish when it is stopped', async () => {
    const { id, output } = await submit('echo started; sleep 6; echo finished')
    await waitFor('the program', async () => (await output()).includes('started'), 60_000)
    await machine.exec('systemctl', 'stop', 'run-it')
    assert.equal(await machine.show('run-it', 'Result'), 'success')
    assert.equal(await machine.exec('docker', 'ps', '--all', '--quiet'), '')
    await machine.exec('systemctl', 'start', 'run-it')
    await listening()
    assert.match(await machine.exec(...command('show', id)), /exit code 0/)
    assert.equal(await output(), 'started\nfinished')
  })

  test('is started again when it was killed, and its run with it', async () => {
    const { id, output } = await submit('echo started; sleep 6; echo finished')
    await waitFor('the program', async () => (await output()).includes('started'), 60_000)
    await machine.shell('kill -KILL "$(systemctl show --property=MainPID --value run-it)"')
    await waitFor('another start', async () => (await machine.show('run-it', 'NRestarts')) === '1', 60_000)
    await listening()
    const shown = () => machine.exec(...command('show', '--json', id))
    const run = JSON.parse(
      await waitFor('the run', async () => ((await shown()).includes('"finished"') ? await shown() : false), 60_000),
    )
    assert.deepEqual([run.attempt, run.outcome], [2, { kind: 'exited', code: 0 }])
  })

  test('outlives its engine, and waits for one that is away when it starts', async () => {
    const pid = await machine.show('run-it', 'MainPID')
    await machine.exec('systemctl', 'restart', 'docker')
    assert.equal(await runProgram('echo after a restart'), 'after a restart')
    assert.equal(await machine.show('run-it', 'MainPID'), pid)
    await machine.shell(
      'systemctl stop run-it docker.socket docker.service; systemctl mask --runtime docker.socket docker.service; rm -f /run/docker.sock',
    )
    await machine.exec('systemctl', 'start', 'run-it')
    await listening()
    const { output } = await submit('echo waited')
    await machine.shell('systemctl unmask --runtime docker.socket docker.service; systemctl start docker')
    await waitFor('the run that waited', async () => (await output()) === 'waited', 60_000)
    assert.equal(await machine.show('run-it', 'NRestarts'), '0')
  })

  test('reads its settings from the file, and is not started again with wrong ones', async () => {
    await machine.shell(
      'install -D -m 600 /dev/null /etc/run-it/run-it.env; echo RUN_IT_SLOTS=3 >/etc/run-it/run-it.env; systemctl restart run-it',
    )
    await listening()
    const script = `fetch('${address}/v1/workers').then(async answer => process.stdout.write(await answer.text()))`
    assert.equal(JSON.parse(await machine.exec(node, '--eval', script)).workers[0].slots, 3)
    await machine.shell('echo RUN_IT_PORT=none >/etc/run-it/run-it.env; systemctl restart run-it')
    await waitFor(
      'the unit to have failed',
      async () => (await machine.show('run-it', 'ActiveState')) === 'failed',
      60_000,
    )
    assert.equal(await machine.show('run-it', 'ExecMainStatus'), '78')
    assert.match(await machine.exec('journalctl', '--unit=run-it', '--output=cat', '--lines=5'), /RUN_IT_PORT/)
  })
})

function command(...args: readonly string[]): readonly string[] {
  return ['env', `RUN_IT_SERVER=${address}`, '/opt/run-it/run-it', ...args]
}

async function listening(): Promise<void> {
  const script = `fetch('${address}/health/live').then(answer => process.stdout.write(String(answer.ok)))`
  await waitFor('the server', async () => (await machine.try(node, '--eval', script)) === 'true', 60_000)
}

async function runProgram(source: string): Promise<string> {
  await machine.shell(`cat >/tmp/program.sh <<'END'\n${source}\nEND`)
  return await machine.exec(...command('run', '/tmp/program.sh'))
}

interface Submitted {
  readonly id: string
  readonly output: () => Promise<string>
}

async function submit(source: string): Promise<Submitted> {
  const body = JSON.stringify({ environment: 'bash', source })
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
  const script = `fetch('${address}/v1/runs', ${JSON.stringify(request)}).then(async answer => process.stdout.write(await answer.text()))`
  const { id } = JSON.parse(await machine.exec(node, '--eval', script))
  return { id, output: () => machine.exec(...command('logs', id)) }
}
