import { spawnSync } from 'node:child_process'
import packageJson from '../../package.json' with { type: 'json' }
import type { CliContext, InterruptSignal } from './context.ts'

const interruptSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly InterruptSignal[]

/** The real world. */
export function processContext(): CliContext {
  return {
    version: packageJson.version,
    argv: process.argv.slice(2),
    variables: process.env,
    folder: process.cwd(),
    // A getter, because opening standard input has effects on a terminal and on pipes; most commands never look at it.
    get stdin() {
      return process.stdin
    },
    // Node's raw mode is for keys only. Without `stty` lines look right all the same, and only full-screen programs do not.
    passOutput: () => void spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'], timeout: 1000 }),
    stdout: process.stdout,
    stderr: process.stderr,
    fetch: globalThis.fetch,
    loadApp: () => import('../app.ts'),
    onInterrupt(listener) {
      for (const signal of interruptSignals) process.on(signal, listener)
      return () => {
        for (const signal of interruptSignals) process.off(signal, listener)
      }
    },
    exitNow: exitCode => process.exit(exitCode),
    exitCode: 0,
  }
}
