import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import type { CliContext, SelfTest } from './context.ts'
import { type EngineOptions, type OwnEngine, startEngine } from './engine.ts'
import { CommandError, exitCodes } from './exit-code.ts'
import { Interruption } from './interruption.ts'
import { createProgressView, type ProgressView } from './progress-view.ts'
import { runSelfTest, type SelfTestResult } from './run-self-test.ts'
import { describeFailure, describeTotal, selfTestTable } from './self-test-text.ts'
import { writeTable } from './table.ts'
import { write } from './write.ts'

interface EnvTestOptions extends EngineOptions {
  readonly jobs?: string
  readonly json?: boolean
}

/** More at once would measure each other. */
const mostJobs = 4

const explanation = `
Gets each image (pulls it, or builds it where no registry can be reached), then runs in the real sandbox, as \`run-it run\` does:

  hello   twice: it must print "Hello, world!". COLD is the first time, WARM the second, from the request to the end.
  sample  once: it reads sample.stdin, and must print sample.expected.

The programs are in the environment's folder, environments/NAME/. SIZE is that of the image with all its layers; images share them.

Examples:
  run-it env test                 all of them: the first time this gets all images, which takes long
  run-it env test go cpp          some; aliases do
  run-it env test --jobs 1        one after another, for times that nothing disturbs
  run-it env test --json | jq -r '.[] | select(.ok | not) | .name'

Exit codes: 0 all is well; 1 one failed, and what it printed is on stderr; 69 no engine; 130 canceled.`

export function addEnvTestCommand(env: Command, context: CliContext): void {
  env
    .command('test')
    .description('Proves environments: gets their images, and runs the programs that come with them.')
    .argument('[name...]', 'names or aliases; default: all')
    .option('--jobs <number>', `environments at the same time (default: one for each core, at most ${mostJobs})`)
    .option('--json', 'print JSON')
    .option('--environments <folder>', 'further environments')
    .option('--config <file>', 'settings for the engine of this process')
    .addHelpText('after', explanation)
    .action(async (names: readonly string[], options: EnvTestOptions) => {
      context.exitCode = await testEnvironments(names, options, context)
    })
}

async function testEnvironments(
  names: readonly string[],
  options: EnvTestOptions,
  context: CliContext,
): Promise<number> {
  const jobs = jobsOf(options)
  using interruption = new Interruption(context)
  const { signal } = interruption
  await using engine = await startEngine({ ...options, slots: jobs }, context)
  signal.throwIfAborted()
  const selfTests = await wanted(names, engine)
  const results = await runAll(selfTests, { engine, jobs, signal, context })
  const failed = results.filter(result => !result.ok)
  for (const result of failed) await write(context.stderr, describeFailure(result))
  if (options.json) await write(context.stdout, `${JSON.stringify(results, null, 2)}\n`)
  else await writeTable(context.stdout, selfTestTable(results))
  await write(context.stderr, `run-it: ${describeTotal(results)}\n`)
  return failed.length === 0 ? 0 : exitCodes.notAccepted
}

function jobsOf({ jobs }: EnvTestOptions): number {
  if (jobs === undefined) return Math.min(mostJobs, availableParallelism())
  const number = Number(jobs)
  if (Number.isInteger(number) && number >= 1 && number <= 64) return number
  throw new CommandError(exitCodes.usage, `--jobs: must be a whole number from 1 to 64, not "${jobs}"`)
}

/** In the order of the catalogue, each once. */
async function wanted(names: readonly string[], { client, selfTests }: OwnEngine): Promise<readonly SelfTest[]> {
  const all = await selfTests()
  if (names.length === 0) return all
  // The server's answer to a name that does not exist says which do.
  const found = await Promise.all(names.map(name => client.environments.get(name)))
  return all.filter(selfTest => found.some(environment => environment.name === selfTest.name))
}

interface RunAllOptions {
  readonly engine: OwnEngine
  readonly jobs: number
  readonly signal: AbortSignal
  readonly context: CliContext
}

/** Some at a time. Images are got one after another: a build has work for the whole machine. */
async function runAll(
  selfTests: readonly SelfTest[],
  { engine, jobs, signal, context }: RunAllOptions,
): Promise<readonly SelfTestResult[]> {
  using view = createProgressView(context.stderr)
  const results = new Map<SelfTest, SelfTestResult>()
  const queue = selfTests.values()
  let imageTurn: Promise<unknown> = Promise.resolve()

  async function work(): Promise<void> {
    for (const selfTest of queue) {
      const { name } = selfTest
      const status = (what: string) => view.status(`${results.size} of ${selfTests.length} done; ${name}: ${what}`)
      const prepare = () => {
        const turn = imageTurn.then(() => {
          signal.throwIfAborted()
          status('image')
          return engine.prepare(name, progress => view.show(progress), signal)
        })
        imageTurn = turn.catch(() => {})
        return turn
      }
      const result = await runSelfTest(selfTest, { client: engine.client, prepare, onProgram: status, signal })
      results.set(selfTest, result)
      await tell(result, `${results.size} of ${selfTests.length}`, view, context)
    }
  }

  const workers = await Promise.allSettled(Array.from({ length: jobs }, work))
  for (const worker of workers) if (worker.status === 'rejected') throw worker.reason
  return selfTests.flatMap(selfTest => results.get(selfTest) ?? [])
}

/** A line for each that is done, for a log; on a terminal only for those that failed, because the table comes soon. */
async function tell(result: SelfTestResult, count: string, view: ProgressView, context: CliContext): Promise<void> {
  const { name, version, ok } = result
  view.clear()
  if (ok && context.stderr.isTTY) return
  await write(context.stderr, `run-it: ${ok ? 'ok' : 'FAILED'} ${name}${version ? `@${version}` : ''} (${count})\n`)
}
