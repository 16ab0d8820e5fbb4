import { PlatformError } from '../platform-error.ts'
import { encodeFrame, toInit } from './frame.ts'
import { errorName, type InitChannel } from './init-channel.ts'

/** Has init copy the working folder. Resolves with the bytes of memory that the copy takes. Only while no stage runs. */
export async function keepSnapshot(channel: InitChannel): Promise<number> {
  const { errno, bytes } = await ask(channel, toInit.snapshot)
  // What does not fit, does not fit a second time either.
  if (errno !== 0) throw new PlatformError('refused', `The working folder cannot be kept: ${errorName(errno)}`)
  return bytes
}

/** Has init make the sandbox clean, and put the copy back. */
export async function restoreSnapshot(channel: InitChannel): Promise<void> {
  const { errno } = await ask(channel, toInit.restore)
  if (errno !== 0) throw new PlatformError('sandbox-lost', `The sandbox cannot be made clean: ${errorName(errno)}`)
}

async function ask(
  channel: InitChannel,
  question: number,
): Promise<{ readonly errno: number; readonly bytes: number }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly errno: number; readonly bytes: number }>()
  channel.listen(frame => {
    if (frame.type === 'done') resolve(frame)
  })
  await channel.send(encodeFrame(question))
  const lost = channel.closed.then(() => {
    throw new PlatformError('sandbox-lost', `The sandbox ended while it was made clean${channel.complaint()}`)
  })
  return await Promise.race([promise, lost])
}
