/** Workers that take the same runs: those of machines with a GPU, say. A run that names none is of this one. */
export const defaultPool = 'default'

/** Short and lower case: it stands in settings, labels of metrics and names of queues. */
export const poolPattern = '[a-z][a-z0-9-]{0,31}'
const wholePool = new RegExp(`^${poolPattern}$`)

export function isPoolName(text: string): boolean {
  return wholePool.test(text)
}

/** What images are made for, as Go and OCI call it. */
export const architectures = ['amd64', 'arm64', 'arm', '386', 'ppc64le', 's390x', 'riscv64', 'loong64'] as const
export type Architecture = (typeof architectures)[number]

/** Which runs a worker takes: those of its pools that are for any architecture, or for its own. */
export interface Serves {
  readonly pools: readonly string[]
  /** Of the images that it runs. Absent where that is not known: then only what is for any. */
  readonly architecture?: string
}

export const servesDefault: Serves = { pools: [defaultPool] }

/** Why a run that waits is not going to be taken as things are. */
export const waitingReasons = ['pool-unserved', 'architecture-unserved'] as const
