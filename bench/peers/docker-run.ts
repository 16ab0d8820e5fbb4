import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Hello, helloOutput, shellCommand } from '../hello.ts'
import type { ScenarioContext } from '../scenario.ts'

const run = promisify(execFile)
const deadlineMs = 60_000

/** Whether there is Docker's command line, which a machine with an engine need not have. */
export async function hasDockerCommand(): Promise<boolean> {
  return await run('docker', ['version']).then(
    () => true,
    () => false,
  )
}

/** `docker run --rm` of the same program, from the start of the command to its end, in ms. */
export async function timeDockerRun(hello: Hello, context: ScenarioContext): Promise<number> {
  const flags = ['--rm', '--network', 'none', '--label', `${context.containerLabel}=docker-run`, '--workdir', '/code']
  const folders = ['--volume', `${hello.folder}:/code:ro`, '--tmpfs', '/code/.out:exec']
  const variables = hello.env.flatMap(variable => ['--env', variable])
  const argv = ['run', ...flags, ...folders, ...variables, hello.image, ...shellCommand(hello)]
  const startedAt = performance.now()
  const { stdout } = await run('docker', argv, { timeout: deadlineMs, signal: context.signal })
  const ms = performance.now() - startedAt
  if (stdout !== helloOutput) throw new Error(`docker run printed something else: ${stdout}`)
  return ms
}
