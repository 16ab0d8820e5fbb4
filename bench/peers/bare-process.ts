import { once } from 'node:events'
import { type Duplex, PassThrough } from 'node:stream'
import type Docker from 'dockerode'
import { type Hello, helloOutput } from '../hello.ts'
import { compile } from '../measure/compile.ts'
import { Questions } from '../measure/questions.ts'
import type { ScenarioContext } from '../scenario.ts'

/**
 * The program as a bare process: in one container of the same image that stays, with the time taken inside by a small static program, so
 * that nothing of the engine's is in it. The user, the read-only root and the folders in memory are those of a sandbox.
 */
export class BareProcess implements AsyncDisposable {
  readonly #container: Docker.Container
  readonly #input: Duplex
  readonly #questions: Questions

  private constructor(container: Docker.Container, stream: Duplex) {
    const [output, errors] = [new PassThrough(), new PassThrough()]
    container.modem.demuxStream(stream, output, errors)
    stream.once('close', () => output.end())
    this.#container = container
    this.#input = stream
    this.#questions = new Questions({ input: stream, output, errors })
  }

  static async start(hello: Hello, context: ScenarioContext): Promise<BareProcess> {
    const repeat = await compile(new URL('repeat.c', import.meta.url), context.temporaryFolder)
    const container = await context.engine.createContainer({
      Image: hello.image,
      Entrypoint: ['/bench-repeat', helloOutput, ...hello.commands.flatMap(argv => ['--', ...argv])],
      Cmd: [],
      Env: [...hello.env],
      WorkingDir: '/code',
      User: '10001:10001',
      Labels: { [context.containerLabel]: 'bare' },
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      HostConfig: {
        NetworkMode: 'none',
        ReadonlyRootfs: true,
        Binds: [
          `${repeat}:/bench-repeat:ro`,
          // Under another name: `/code` is in memory, as a sandbox's is.
          `${hello.folder}:/hello:ro`,
        ],
        Tmpfs: { '/code': 'exec,uid=10001,gid=10001,mode=0755', '/tmp': 'exec,uid=10001,gid=10001,mode=0755' },
      },
    })
    try {
      const options = { hijack: true, stream: true, stdin: true, stdout: true, stderr: true }
      const stream: Duplex = (await container.attach(options)) as unknown as Duplex
      await container.start()
      await copyIntoPlace(container)
      return new BareProcess(container, stream)
    } catch (error) {
      await container.remove({ force: true })
      throw error
    }
  }

  /** One sample, in ms. */
  async measure(signal: AbortSignal): Promise<number> {
    return Number(await this.#questions.ask('go\n', signal)) / 1e6
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#input.destroy()
    await this.#container.remove({ force: true, v: true })
  }
}

async function copyIntoPlace(container: Docker.Container): Promise<void> {
  const exec = await container.exec({ Cmd: ['cp', '-r', '/hello/.', '/code'], AttachStdout: true, AttachStderr: true })
  const stream = await exec.start({ hijack: false, stdin: false })
  stream.resume()
  await once(stream, 'end')
  const { ExitCode } = await exec.inspect()
  if (ExitCode !== 0) throw new Error(`the program could not be copied into its container: ${ExitCode}`)
}
