import { newRunId } from '../../src/run/id.ts'
import { defaultCompileLimits, defaultLimits } from '../../src/run/limits.ts'
import type { NewRun } from '../../src/store/run-store.ts'

/** A valid run to submit, a fresh id each time. */
export function exampleRun(parts: Partial<NewRun> = {}): NewRun {
  return {
    id: newRunId(),
    request: {
      environment: 'python@^3.11',
      files: [{ path: 'main.py', content: 'print("hi")', encoding: 'utf8' }],
      main: 'main.py',
      args: ['--fast'],
      stdin: { content: '/w==', encoding: 'base64' },
      env: { LANG: 'C.UTF-8' },
      limits: defaultLimits,
      compileLimits: defaultCompileLimits,
      network: false,
      artifacts: [],
    },
    labels: {},
    priority: 0,
    maxAttempts: 3,
    owner: undefined,
    createdAt: new Date('2026-03-01T10:00:00.123Z'),
    ...parts,
  }
}
