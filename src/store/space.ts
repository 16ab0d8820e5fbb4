/** What the rows take, as far as it can be told without counting. */
export interface Space {
  /** Taken by what is kept. */
  readonly usedBytes: number
  /** What the database has from the filesystem: the used, and what deleted rows left, which is used again first. */
  readonly heldBytes: number
  /** What the filesystem could still give. */
  readonly freeBytes: number
}
