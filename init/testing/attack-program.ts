import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openSandbox, type SandboxOptions, type TestSandbox } from './sandbox.ts'

const source = fileURLToPath(new URL('attack.c', import.meta.url))
const target = fileURLToPath(new URL(`../build/attack-${process.pid}`, import.meta.url))
let program: Buffer | undefined

/** Static, so that it runs in any image. */
function build(): Buffer {
  const compiler = process.env.CC ?? 'cc'
  execFileSync(compiler, ['-static', '-O1', '-Wall', '-Wextra', '-o', target, source])
  const built = readFileSync(target)
  rmSync(target)
  return built
}

/** A sandbox that has `./attack` in its working folder. */
export async function openWithAttack(options?: SandboxOptions): Promise<TestSandbox> {
  program ??= build()
  const sandbox = await openSandbox(options)
  sandbox.file('attack', program, 0o755)
  return sandbox
}
