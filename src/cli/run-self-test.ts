import { decodeBytes, type Run, type RunItClient, type StageOutput } from '@run-it/sdk'
import type { PreparedEnvironment, SelfTest, SelfTestProgram } from './context.ts'
import { describeOutcome } from './outcome-text.ts'

/** How one environment did. */
export interface SelfTestResult {
  readonly name: string
  readonly ok: boolean
  readonly version?: string
  readonly digest?: string
  readonly sizeBytes?: number
  /** From the request to the end of `hello`: the first time, and once more. */
  readonly coldMs?: number
  readonly warmMs?: number
  readonly programs: readonly ProgramResult[]
  /** Why not even a program could be tried. */
  readonly error?: string
}

export interface ProgramResult {
  readonly program: SelfTestProgram['program']
  readonly ok: boolean
  readonly ms: number
  readonly memoryPeakBytes?: number
  /** Only where it failed: how it ended, what was to come out, and what did. */
  readonly failure?: {
    readonly outcome: string
    readonly expected: string
    readonly stdout: string
    readonly stderr: string
  }
}

export interface SelfTestRunOptions {
  readonly client: RunItClient
  readonly prepare: () => Promise<PreparedEnvironment>
  readonly onProgram: (program: SelfTestProgram['program']) => void
  readonly signal: AbortSignal
}

/** Gets the image, and runs `hello` twice and `sample` once. Rejects only when the signal is aborted. */
export async function runSelfTest(selfTest: SelfTest, options: SelfTestRunOptions): Promise<SelfTestResult> {
  const { name, error } = selfTest
  if (error !== undefined) return { name, ok: false, programs: [], error }
  try {
    const image = await options.prepare()
    const { version, digest, sizeBytes } = image
    const known = { name, version, digest, sizeBytes }
    const environment = `${name}@${version}`
    const [hello, ...others] = selfTest.programs
    if (hello === undefined) return { ...known, ok: false, programs: [], error: 'it has no hello program' }
    const first = await runProgram(environment, hello, options)
    if (!first.ok) return { ...known, ok: false, coldMs: first.ms, programs: [first] }
    const programs: ProgramResult[] = []
    for (const program of [hello, ...others]) programs.push(await runProgram(environment, program, options))
    return {
      ...known,
      ok: programs.every(program => program.ok),
      coldMs: first.ms,
      warmMs: programs[0]?.ms,
      programs,
    }
  } catch (error) {
    options.signal.throwIfAborted()
    return { name, ok: false, programs: [], error: error instanceof Error ? error.message : String(error) }
  }
}

async function runProgram(
  environment: string,
  { program, file, source, stdin, expected }: SelfTestProgram,
  { client, onProgram, signal }: SelfTestRunOptions,
): Promise<ProgramResult> {
  signal.throwIfAborted()
  onProgram(program)
  const files = [{ path: file, content: source }]
  const { id } = await client.runs.submit({ environment, files, main: file, stdin }, { signal })
  const run = await client.runs.wait(id, { signal })
  const last = run.stages.at(-1)
  const ok =
    run.outcome?.kind === 'exited' && run.outcome.code === 0 && last?.name === 'run' && textOf(last.stdout) === expected
  const { memoryPeakBytes } = last?.usage ?? {}
  return {
    program,
    ok,
    ms: Date.parse(run.finishedAt ?? run.createdAt) - Date.parse(run.createdAt),
    ...(memoryPeakBytes !== undefined && { memoryPeakBytes }),
    ...(!ok && { failure: failureOf(run, expected) }),
  }
}

function failureOf(run: Run, expected: string): ProgramResult['failure'] {
  const last = run.stages.at(-1)
  return {
    outcome: run.outcome ? describeOutcome(run.outcome) : run.state,
    expected,
    stdout: last ? textOf(last.stdout) : '',
    stderr: last ? textOf(last.stderr) : '',
  }
}

function textOf({ content, encoding }: StageOutput): string {
  return content === undefined ? '' : Buffer.from(decodeBytes({ content, encoding: encoding ?? 'utf8' })).toString()
}
