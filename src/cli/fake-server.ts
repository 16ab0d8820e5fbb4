import { Readable } from 'node:stream'
import type { Run, RunEvent, RunSubmission } from '@run-it/sdk'

type Body<Event> = Event extends unknown
  ? Omit<Event, 'sequence' | 'attempt' | 'at'> & { readonly attempt?: number }
  : never

/** What happens in the fake run, in order; a function is called when its turn comes, and waited for. */
export type ScriptStep = Body<Exclude<RunEvent, { type: 'finished' }>> | (() => Promise<void> | void)

export interface FakeServer {
  readonly fetch: typeof fetch
  readonly submissions: RunSubmission[]
  readonly cancels: string[]
  /** Resolves when the run was canceled. */
  readonly canceled: Promise<void>
}

const limits = {
  wallTimeMs: 10_000,
  cpuTimeMs: 10_000,
  memoryBytes: 256 * 1024 ** 2,
  processes: 64,
  openFiles: 256,
  diskBytes: 64 * 1024 ** 2,
  outputBytes: 1024 ** 2,
}

export const fakeRun: Run = {
  id: '01JD0000000000000000000000',
  state: 'finished',
  environment: { requested: 'python', name: 'python', version: '3.11.2', digest: 'sha256:1' },
  outcome: { kind: 'exited', code: 0 },
  stages: [],
  labels: {},
  pool: 'default',
  priority: 0,
  limits,
  compileLimits: limits,
  network: false,
  interactive: false,
  tty: false,
  attempt: 1,
  maxAttempts: 3,
  cancelRequested: false,
  createdAt: '2026-01-02T03:04:05.000Z',
  startedAt: '2026-01-02T03:04:05.100Z',
  finishedAt: '2026-01-02T03:04:05.350Z',
}

export const fakeEnvironments = [
  {
    name: 'python',
    title: 'Python',
    aliases: ['py'],
    extensions: ['.py'],
    main: 'main.py',
    versions: ['3.11.2'],
    ready: [],
    limits,
  },
  {
    name: 'go',
    title: 'Go',
    aliases: [],
    extensions: ['.go'],
    main: 'main.go',
    versions: ['1.16.3'],
    ready: [],
    limits,
  },
]

/** A server with one run, whose life is the script; `run` is how it ends. */
export function fakeServer(script: readonly ScriptStep[] = [], run: Partial<Run> = {}): FakeServer {
  const canceled = Promise.withResolvers<void>()
  const finished = { ...fakeRun, ...run }
  const server = { submissions: [] as RunSubmission[], cancels: [] as string[] }
  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url)
    const route = `${request.method} ${pathname}`
    const ofRun = `/v1/runs/${finished.id}`
    if (route === 'GET /v1/environments') return Response.json({ environments: fakeEnvironments })
    if (route === 'GET /v1/runs') return Response.json({ runs: [finished] })
    if (route === 'POST /v1/runs') {
      server.submissions.push(await request.json())
      const { pool = 'default' } = server.submissions.at(-1) ?? {}
      const waiting = pool === 'away' ? { reason: 'pool-unserved', detail: 'No worker of it lives.' } : undefined
      return Response.json({ ...fakeRun, state: 'queued', outcome: undefined, pool, waiting }, { status: 202 })
    }
    if (route === `GET ${ofRun}`) return Response.json(finished)
    const artifact = new URL(request.url).pathname.split('/artifacts/')[1]
    if (artifact !== undefined) return new Response(`content of ${decodeURIComponent(artifact)}`)
    if (route === `GET ${ofRun}/stdout`) return new Response('out')
    if (route === `GET ${ofRun}/stderr`) return new Response('err')
    if (route === `GET ${ofRun}/events`) return new Response(eventStream(script, finished))
    if (route === `POST ${ofRun}/rerun`) {
      return Response.json({ ...fakeRun, state: 'queued', outcome: undefined, rerunOf: fakeRun.id }, { status: 202 })
    }
    if (route === `POST ${ofRun}/cancel`) {
      server.cancels.push(finished.id)
      canceled.resolve()
      return Response.json(finished)
    }
    const problem = {
      type: '/problems/run-not-found',
      title: '',
      status: 404,
      detail: 'There is no such run.',
      code: 'run-not-found',
    }
    return Response.json(problem, { status: 404 })
  }
  return {
    ...server,
    canceled: canceled.promise,
    fetch: async (input, init) => answer(new Request(input, init)),
  }
}

function eventStream(script: readonly ScriptStep[], run: Run): BodyInit {
  const encoder = new TextEncoder()
  async function* lines() {
    let sequence = 0
    for (const step of [...script, { type: 'finished' as const, run }]) {
      if (typeof step === 'function') {
        await step()
        continue
      }
      const data = JSON.stringify({ attempt: 1, at: run.createdAt, ...step })
      yield encoder.encode(`id: ${++sequence}\nevent: ${step.type}\ndata: ${data}\n\n`)
    }
  }
  return Readable.toWeb(Readable.from(lines())) as unknown as BodyInit
}
