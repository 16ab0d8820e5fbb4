/** An environment folder that cannot be used. The message says where, as compilers do: `file:line:column: what is wrong`. */
export class InvalidFamily extends Error {
  override readonly name = 'InvalidFamily'
  /** Each on a line of its own in the message. */
  readonly faults: readonly string[]

  constructor(where: string, what: string, options?: { readonly cause?: unknown }) {
    super(`${where}: ${what}`, options)
    this.faults = [this.message]
  }

  /** All that is wrong in one: nobody wants to be told of one mistake after another. */
  static all(faults: readonly string[]): InvalidFamily {
    return new SeveralFaults(faults)
  }
}

class SeveralFaults extends InvalidFamily {
  override readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super('', '')
    this.faults = faults
    this.message = faults.join('\n')
  }
}

/** Calls every reader, and throws what all of them found wrong. Other errors than `InvalidFamily` pass. */
export function readAll<Readers extends Readonly<Record<string, () => unknown>>>(
  readers: Readers,
): { readonly [Key in keyof Readers]: ReturnType<Readers[Key]> } {
  const faults: string[] = []
  const entries = Object.entries(readers).map(([key, read]) => {
    try {
      return [key, read()] as const
    } catch (error) {
      if (!(error instanceof InvalidFamily)) throw error
      faults.push(...error.faults)
      return [key, undefined] as const
    }
  })
  if (faults.length > 0) throw InvalidFamily.all([...new Set(faults)].toSorted(inOrder))
  // Each is what its reader returned: one that threw did not come so far.
  return Object.fromEntries(entries) as { [Key in keyof Readers]: ReturnType<Readers[Key]> }
}

/** By line and column: as text, line 10 would come before line 9. */
const { compare: inOrder } = new Intl.Collator('en', { numeric: true })
