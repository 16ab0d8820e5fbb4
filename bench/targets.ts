export interface Target {
  readonly what: string
  readonly bound: { readonly kind: 'at-most' | 'at-least'; readonly value: number }
  /** Empty for a ratio. */
  readonly unit: '' | 'ms' | 'MB' | 'runs'
}

/** What the bench is to show. Ratios wherever that is possible: they say more on another machine than milliseconds. */
export const targets = {
  'python-median': target('python hello, warm and prebooted, request to result, p50, against bare python3', 1, ''),
  'python-p99': target('the same, p99 against p99', 3, ''),
  'javascript-median': target('javascript hello, warm and prebooted, p50, against bare node', 0.25, ''),
  'c-median': target('c hello, compiled and run, warm, p50, against bare gcc and run', 1.3, ''),
  'python-docker-run': target('python hello, p50, against `docker run` of the same', 0.04, ''),
  throughput: atLeast('sustained runs per second, a fresh container each, against the engine’s ceiling', 0.9, ''),
  'post-median': target('POST without waiting, 200 per second, all slots busy, p50', 3, 'ms'),
  'post-p99': target('the same, p99', 10, 'ms'),
  'burst-lost': target('runs lost of 5,000 posted as fast as one client can', 0, 'runs'),
  'burst-memory': target("the server's most resident memory meanwhile", 300, 'MB'),
  'grown-table': target('a run in PostgreSQL beside a million finished ones, against one alone', 1.3, ''),
  'claim-depth': target('a claim with 100,000 runs queued, against one with 100', 1.5, ''),
} as const satisfies Readonly<Record<string, Target>>

export type TargetName = keyof typeof targets

export function isMet({ bound }: Target, value: number): boolean {
  return bound.kind === 'at-most' ? value <= bound.value : value >= bound.value
}

function target(what: string, most: number, unit: Target['unit']): Target {
  return { what, bound: { kind: 'at-most', value: most }, unit }
}

function atLeast(what: string, least: number, unit: Target['unit']): Target {
  return { what, bound: { kind: 'at-least', value: least }, unit }
}
