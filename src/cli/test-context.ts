import { PassThrough, Writable } from 'node:stream'
import type { App, CliContext, EmbeddedEngine, InterruptSignal } from './context.ts'

/** A world for tests: what a command reads is given, what it writes is kept. */
export interface TestContext extends CliContext {
  readonly written: { stdout: Buffer; stderr: Buffer; readonly stderrText: string; readonly stdoutText: string }
  /** Presses Ctrl-C. */
  interrupt(signal?: InterruptSignal): void
  readonly exits: number[]
}

export interface TestContextOptions {
  readonly argv: readonly string[]
  readonly folder?: string
  readonly variables?: Record<string, string>
  /** Undefined: a terminal, which is never read. */
  readonly stdin?: string | Buffer
  readonly fetch?: typeof fetch
  readonly app?: Partial<App>
  readonly isTerminal?: boolean
  /** stdout fails so at the first write. */
  readonly stdoutError?: Error
}

export function testContext(options: TestContextOptions): TestContext {
  const written = {
    stdout: Buffer.alloc(0),
    stderr: Buffer.alloc(0),
    get stdoutText() {
      return this.stdout.toString()
    },
    get stderrText() {
      return this.stderr.toString()
    },
  }
  const sink = (name: 'stdout' | 'stderr', error?: Error) => {
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (!error) written[name] = Buffer.concat([written[name], chunk])
        done(error)
      },
    })
    return Object.assign(stream, { isTTY: options.isTerminal ?? false, columns: 80 })
  }
  const listeners = new Set<(signal: InterruptSignal) => void>()
  const stdin = new PassThrough()
  if (options.stdin !== undefined) stdin.end(options.stdin)
  const exits: number[] = []
  return {
    version: '0.0.0-test',
    argv: options.argv,
    variables: options.variables ?? {},
    folder: options.folder ?? '/nonexistent',
    stdin: Object.assign(stdin, { isTTY: options.stdin === undefined }),
    stdout: sink('stdout', options.stdoutError),
    stderr: sink('stderr'),
    fetch: options.fetch ?? (() => Promise.reject(new TypeError('fetch failed'))),
    loadApp: () => Promise.resolve({ ...missingApp, ...options.app }),
    onInterrupt(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    exitNow: exitCode => void exits.push(exitCode),
    exitCode: 0,
    written,
    exits,
    interrupt(signal = 'SIGINT') {
      for (const listener of listeners) listener(signal)
    },
  }
}

const missing = () => Promise.reject(new Error('this test has no engine'))
const missingApp: App = {
  startEmbedded: missing,
  startServer: missing,
  openKeys: missing,
  prepareEnvironment: missing,
  diagnose: missing,
}

/** An engine in this process that can do what is given. */
export function testEngine(engine: Partial<EmbeddedEngine>): EmbeddedEngine {
  return { fetch: missing, selfTests: missing, prepare: missing, close: async () => {}, ...engine }
}
