import { type ChildProcess, spawn } from 'node:child_process'
import { checkRun, type Program, runRequest } from '../server-connection.ts'
import { compile } from './compile.ts'
import { Questions } from './questions.ts'

/**
 * One client of one server that is measured without the client: a small program sends each request and takes the time, as one does within the
 * containers of bare processes. A client in JavaScript that has nothing else to do for a second takes some milliseconds itself.
 */
export class Exchange implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #questions: Questions
  readonly #host: string

  private constructor(child: ChildProcess, questions: Questions, host: string) {
    this.#child = child
    this.#questions = questions
    this.#host = host
  }

  static async connect(url: string, temporaryFolder: string): Promise<Exchange> {
    const program = await compile(new URL('exchange.c', import.meta.url), temporaryFolder)
    const { host, port } = new URL(url)
    const child = spawn(program, [port], { stdio: ['pipe', 'pipe', 'pipe'] })
    child.on('error', () => {})
    const { stdin: input, stdout: output, stderr: errors } = child
    return new Exchange(child, new Questions({ input, output, errors }), host)
  }

  /** Runs a program; resolves with the time from the request to its result in ms. Rejects when that is not what the program prints. */
  async timeRun(program: Program, expected: string, signal: AbortSignal): Promise<number> {
    const { path, headers, body } = runRequest(program)
    const fields = { host: this.#host, ...headers, 'content-length': Buffer.byteLength(body) }
    const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
    const request = `POST ${path} HTTP/1.1\r\n${head.join('')}\r\n${body}`
    const answer = await this.#questions.ask(`${Buffer.byteLength(request)}\n${request}`, signal)
    const [, nanoseconds, text = ''] = /^(\d+) (.*)$/.exec(answer) ?? []
    checkRun(text, expected)
    return Number(nanoseconds) / 1e6
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill()
  }
}
