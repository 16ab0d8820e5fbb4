import { type Hello, helloOutput, shellCommand } from '../hello.ts'
import type { ScenarioContext } from '../scenario.ts'

/**
 * What a straightforward implementation does with the Engine API: create, start, wait, and read the logs, in ms. The container is removed
 * afterwards, and that is not counted.
 */
export async function timeEngineApi(hello: Hello, context: ScenarioContext): Promise<number> {
  const startedAt = performance.now()
  const container = await context.engine.createContainer({
    Image: hello.image,
    Cmd: [...shellCommand(hello)],
    Env: [...hello.env],
    WorkingDir: '/code',
    Labels: { [context.containerLabel]: 'engine-api' },
    HostConfig: { NetworkMode: 'none', Binds: [`${hello.folder}:/code:ro`], Tmpfs: { '/code/.out': 'exec' } },
  })
  try {
    await container.start()
    const { StatusCode } = await container.wait()
    const logs = await container.logs({ stdout: true, stderr: true, follow: false })
    const ms = performance.now() - startedAt
    // Each piece has a header of eight bytes.
    if (StatusCode !== 0 || logs.subarray(8).toString() !== helloOutput) {
      throw new Error(`a container ended with ${StatusCode}: ${logs.toString()}`)
    }
    return ms
  } finally {
    await container.remove({ force: true, v: true })
  }
}
