import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { waitFor } from '../support/wait-for.ts'

const mainPath = fileURLToPath(new URL('../../bench/main.ts', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(...argv: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', mainPath, ...argv])
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  return child
}

async function end(child: ChildProcess): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', text => {
    stdout += text
  })
  child.stderr?.on('data', text => {
    stderr += text
  })
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

function temporaryFolders(): readonly string[] {
  return globSync('run-it-bench-*', { cwd: tmpdir() })
}

describe('the bench', () => {
  test('tells what there is, and refuses what there is not', async () => {
    const help = await end(start('--help'))
    assert.equal(help.code, 0)
    assert.match(help.stdout, /latency-python/)
    const wrong = await end(start('--only', 'nonsense'))
    assert.equal(wrong.code, 64)
    assert.match(wrong.stderr, /no scenario nonsense/)
  })

  test('measures a scenario and prints it as JSON', async () => {
    const { code, stdout, stderr } = await end(start('--quick', '--json', '--only', 'deep-queue'))
    assert.equal(code, 0, stderr)
    const report = JSON.parse(stdout)
    assert.ok(report.machine.engine.length > 0)
    const [{ name, findings }] = report.scenarios
    assert.equal(name, 'deep-queue')
    assert.equal(findings.rows[0].summary.samples, 100)
  })

  test('ends at a signal and leaves nothing', async () => {
    const before = temporaryFolders()
    const child = start('--quick', '--only', 'burst')
    const ended = end(child)
    await waitFor('the bench to have begun', () => temporaryFolders().length > before.length)
    child.kill('SIGINT')
    const { code, stderr } = await ended
    assert.equal(code, 130, stderr)
    assert.deepEqual(temporaryFolders(), before)
  })
})
