import assert from 'node:assert/strict'
import type { Environment } from '../../src/environment/environment.ts'
import type {
  Platform,
  ResolvedImage,
  Sandbox,
  SandboxRequest,
  StageExit,
  StageRequest,
} from '../../src/platform/platform.ts'
import { newRunId } from '../../src/run/id.ts'
import { defaultLimits, type Limits } from '../../src/run/limits.ts'
import { CollectedOutput } from './collected-output.ts'
import type { Behaviour, ContractProgram, ContractPrograms } from './platform-programs.ts'

/** What a platform brings to the suite. */
export interface PlatformUnderTest {
  readonly platform: Platform
  readonly programs: ContractPrograms
  /** Candidates whose image nobody can have. */
  readonly unobtainable: readonly Environment[]
  /** However busy the machine is: within this a program has started and printed its first line. */
  readonly promptMs: number
  /** A second platform of the same installation on the same engine, as after a restart. */
  another(): Promise<Platform>
  /** Sandboxes that are there now, as the engine counts them: those that are opened by `open` and not yet gone. */
  sandboxCount(): Promise<number>
  /** It makes sandboxes ahead. Nobody opened those, so `sandboxCount` does not count them; another's sweep removes them too. */
  readonly keepsWarm?: boolean
  /** Closes the platform and removes what the factory made. */
  dispose(): Promise<void>
}

export interface Ended {
  readonly exit: StageExit
  readonly output: CollectedOutput
}

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export const never = new AbortController().signal

/** The suite's way of doing what a worker does: image, sandbox, files, stage. */
export class PlatformFixture {
  readonly under: PlatformUnderTest

  constructor(under: PlatformUnderTest) {
    this.under = under
  }

  get platform(): Platform {
    return this.under.platform
  }

  program(behaviour: Behaviour): ContractProgram {
    return this.under.programs[behaviour]
  }

  image(behaviour: Behaviour): Promise<ResolvedImage> {
    return this.platform.prepare(this.program(behaviour).candidates, () => {}, never)
  }

  /** With the program's files in place. */
  async open(behaviour: Behaviour, changes: Partial<SandboxRequest> = {}): Promise<Sandbox> {
    const request = await this.request(behaviour, changes)
    const sandbox = await this.platform.open(request, never)
    await sandbox.write(this.program(behaviour).files, never)
    return sandbox
  }

  async request(behaviour: Behaviour, changes: Partial<SandboxRequest> = {}): Promise<SandboxRequest> {
    return {
      runId: newRunId(),
      attempt: 1,
      image: await this.image(behaviour),
      limits: defaultLimits,
      network: false,
      deadline: new Date(Date.now() + 600_000),
      ...changes,
    }
  }

  async exec(sandbox: Sandbox, behaviour: Behaviour, options: ExecOptions = {}): Promise<Ended> {
    const output = options.output ?? new CollectedOutput()
    const image = await this.image(behaviour)
    const exit = await sandbox.exec(
      {
        name: 'run',
        argv: options.argv ?? [...this.program(behaviour).argv, ...(options.args ?? [])],
        env: { PATH: searchPath, HOME: '/tmp', LANG: 'C.UTF-8', ...image.env, ...options.env },
        stdin: options.stdin ?? new Uint8Array(),
        input: options.input,
        terminal: options.terminal,
        limits: { ...defaultLimits, ...options.limits },
      },
      output,
      options.signal ?? never,
    )
    return { exit, output }
  }

  /** A program from the image to its end, in a sandbox of its own that is gone afterwards. */
  async run(behaviour: Behaviour, options: ExecOptions = {}): Promise<Ended> {
    await using sandbox = await this.open(behaviour, { limits: { ...defaultLimits, ...options.limits } })
    return await this.exec(sandbox, behaviour, options)
  }

  /** Waits until the engine has no more than so many sandboxes of ours. */
  async sandboxesAre(count: number, deadlineMs = 20_000): Promise<void> {
    const deadline = Date.now() + deadlineMs
    let found = await this.under.sandboxCount()
    while (found !== count && Date.now() < deadline) {
      await new Promise(resolve => setTimeout(resolve, 50))
      found = await this.under.sandboxCount()
    }
    assert.equal(found, count, 'sandboxes')
  }
}

export interface ExecOptions {
  readonly args?: readonly string[]
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: Uint8Array
  readonly input?: StageRequest['input']
  readonly terminal?: StageRequest['terminal']
  readonly limits?: Partial<Limits>
  readonly output?: CollectedOutput
  readonly signal?: AbortSignal
}

export function exited(code: number) {
  return { kind: 'exited', code } as const
}
