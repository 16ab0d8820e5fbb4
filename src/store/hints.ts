/**
 * A hint only wakes somebody up early: the table is the truth. Losing one costs latency, never correctness, so everybody who
 * waits for a hint also looks by himself now and then.
 *
 * `queue` says that a run may be waiting; `webhook` that one is to be delivered; `run:<id>` that something about that run changed;
 * `finished:<id>` that it ended; `cancel:<id>` that it is to end;
 * `operation` that an operation may be waiting; `operation:<id>` that something about that one changed;
 * `key:<id>` that the key was revoked; `batch:<id>` that one of the batch's runs ended;
 * `input:<id>` that something was typed into a run, `taken:<id>` that its worker took some of
 * that, `writer:<id>` that nobody writes any more.
 */
export type HintTopic =
  | 'queue'
  | 'webhook'
  | 'operation'
  | `operation:${string}`
  | `run:${string}`
  | `finished:${string}`
  | `cancel:${string}`
  | `key:${string}`
  | `batch:${string}`
  | `input:${string}`
  | `taken:${string}`
  | `writer:${string}`

export interface Hints {
  publish(topic: HintTopic): void
  /** Calls `listener` for each hint, never in the middle of `publish`'s caller. Returns the way to stop. */
  subscribe(topic: HintTopic, listener: () => void): () => void
}
