/**
 * The first of the unprivileged users of sandboxes. They exist in no image, so they own no file of any; each has a group of its own
 * number.
 */
const firstUser = 10_001

/**
 * A user for each sandbox that is open. The kernel counts some things per user on the whole host, containers or not: inotify
 * instances, queued signals and timers, message queues, the memory of pipes. With one user for all, any program could use up
 * everybody's.
 */
export class SandboxUsers {
  readonly #taken = new Set<number>()

  take(): number {
    let user = firstUser
    while (this.#taken.has(user)) user += 1
    this.#taken.add(user)
    return user
  }

  /** To be called once the sandbox is gone. */
  giveBack(user: number): void {
    this.#taken.delete(user)
  }
}
