import { setTimeout as pause } from 'node:timers/promises'

const pollMs = 20

/** Waits until `look` gives something other than undefined or false; fails with `what` after the deadline. */
export async function waitFor<Result>(
  what: string,
  look: () => Promise<Result | undefined | false> | Result | undefined | false,
  deadlineMs = 30_000,
): Promise<Result> {
  const endMs = performance.now() + deadlineMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > endMs) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`)
    await pause(pollMs)
  }
}
