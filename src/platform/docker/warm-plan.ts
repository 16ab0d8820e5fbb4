/** About what the engine can make in the time: more at once were not needed lately, more than this are never kept. */
const peakWindowMs = 1_000
const mostOfAKind = 16

export interface PlannedKind {
  readonly key: string
  /** Kinds of one image: a client can make as many of them as it likes, by asking for odd limits. */
  readonly image: string
  /** What one costs of the budget. */
  readonly costBytes: number
  /** What the operator wants to be there always. */
  readonly pinned: number
  /** The latest last. */
  readonly openedAtMs: readonly number[]
}

/**
 * How many sandboxes to keep warm of each kind. Pure. The operator's pins come first, then one of each kind that is in use, then as
 * many as were opened at once lately, the most wanting first; all within the budget. `kinds` are in the order of their last use.
 */
export function planWarm(kinds: readonly PlannedKind[], budgetBytes: number): ReadonlyMap<string, number> {
  const plan = new Map(kinds.map(kind => [kind.key, 0]))
  let leftBytes = budgetBytes
  const countOf = (kind: PlannedKind) => plan.get(kind.key) ?? 0
  const grow = (kind: PlannedKind) => {
    plan.set(kind.key, countOf(kind) + 1)
    leftBytes -= kind.costBytes
  }
  const fits = (kind: PlannedKind) => kind.costBytes <= leftBytes
  const growTo = (target: (kind: PlannedKind) => number) => {
    for (;;) {
      const wanting = kinds.filter(kind => countOf(kind) < target(kind) && fits(kind))
      const most = wanting.sort((a, b) => target(b) - countOf(b) - (target(a) - countOf(a)))[0]
      if (most === undefined) return
      grow(most)
    }
  }
  const used = new Set(kinds.filter(kind => isInUse(kind, kinds)))
  growTo(kind => kind.pinned)
  for (const kind of used) if (countOf(kind) === 0 && fits(kind)) grow(kind)
  growTo(kind => (used.has(kind) ? Math.min(mostOfAKind, peak(kind.openedAtMs)) : 0))
  return plan
}

/** One run with odd limits is no reason to expect more of its kind, unless nothing else is known of its image. */
function isInUse(kind: PlannedKind, kinds: readonly PlannedKind[]): boolean {
  if (kind.openedAtMs.length !== 1) return kind.openedAtMs.length > 1
  return !kinds.some(other => other !== kind && other.image === kind.image)
}

/** The most that were opened within one window. */
export function peak(openedAtMs: readonly number[]): number {
  let [most, first] = [0, 0]
  for (const [last, at] of openedAtMs.entries()) {
    while (at - (openedAtMs[first] ?? at) >= peakWindowMs) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}
