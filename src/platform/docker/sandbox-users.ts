/**
 * The first of the unprivileged users of sandboxes. They exist in no image, so they own no file of any; each has a group of its own
 * number.
 */
const firstUser = 10_001
/** Up to 65,535 there is a user in every user namespace that an engine may remap to. */
const blockUsers = 256
const blocks = Math.floor((65_536 - firstUser) / blockUsers)

/** Where others make sandboxes on the same engine: each begins elsewhere, by chance mostly in a block of its own. */
export function firstUserOfShare(share: number): number {
  return firstUser + (share % blocks) * blockUsers
}

/**
 * A user for each sandbox that is open. The kernel counts some things per user on the whole host, containers or not: inotify
 * instances, queued signals and timers, message queues, the memory of pipes. With one user for all, any program could use up
 * everybody's.
 */
export class SandboxUsers {
  readonly #taken = new Set<number>()
  readonly #first: number

  constructor(first = firstUser) {
    this.#first = first
  }

  take(): number {
    let user = this.#first
    while (this.#taken.has(user)) user += 1
    this.#taken.add(user)
    return user
  }

  /** To be called once the sandbox is gone. */
  giveBack(user: number): void {
    this.#taken.delete(user)
  }
}
