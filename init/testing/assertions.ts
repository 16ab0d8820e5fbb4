import assert from 'node:assert/strict'
import { reason } from './frames.ts'
import type { StageResult, TestSandbox } from './sandbox.ts'

export const text = (bytes: Buffer) => bytes.toString('utf8')

export function assertExited(result: StageResult, code = 0): void {
  const { reason: why, value } = result
  assert.deepEqual({ reason: why, value }, { reason: reason.exited, value: code }, text(result.stderr))
}

/** The next stage runs, and nothing of the one before is alive. */
export async function assertStillWorks(sandbox: TestSandbox): Promise<void> {
  const next = await sandbox.shell('echo fine; set -- /proc/[0-9]*; echo $#')
  assertExited(next)
  // init and bash.
  assert.equal(text(next.stdout), 'fine\n2\n')
}
