/** What one check of an installation found. */
export interface Diagnosis {
  /** What was checked, in one or two words: `engine`. */
  readonly check: string
  /** A warning is something to know or to mend one day: programs run all the same. */
  readonly status: 'ok' | 'warning' | 'failed'
  /** One line. */
  readonly detail: string
  /** What to do about it, one line; always there when the check failed. */
  readonly remedy?: string
}
