import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { helpText, readArguments } from './arguments.ts'
import { bench } from './bench.ts'
import { measuredEnvironments } from './hello.ts'
import { Progress } from './progress.ts'
import { markdownReport } from './report/markdown.ts'
import { textReport } from './report/text.ts'
import { chooseScenarios, scaleScenarios, scenarios } from './scenarios.ts'

const pagePath = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url))
const usageExitCode = 64
const interruptedExitCode = 130

async function main(argv: readonly string[]): Promise<number> {
  const all = scenarios(measuredEnvironments)
  let chosen: typeof all
  let given: ReturnType<typeof readArguments>
  try {
    given = readArguments(argv)
    chosen = chooseScenarios(given.scale ? scaleScenarios : all, given.only)
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
    return usageExitCode
  }
  if (given.help) {
    process.stdout.write(helpText.replace('SCENARIOS', all.map(({ name }) => name).join(', ')))
    return 0
  }
  const { isQuick } = given
  const stop = stopOnSignals()
  try {
    const report = await bench(chosen, { isQuick, progress: new Progress(process.stderr), signal: stop })
    if (given.write || (chosen.length === all.length && !isQuick && !given.scale))
      await writeFile(pagePath, markdownReport(report))
    process.stdout.write(given.json ? `${JSON.stringify(report, undefined, 2)}\n` : textReport(report))
    return report.scenarios.some(({ failure }) => failure !== undefined) ? 1 : 0
  } catch (error) {
    if (!stop.aborted) throw error
    process.stderr.write('bench: interrupted; everything was removed\n')
    return interruptedExitCode
  }
}

/** The first signal ends it in order, the second one at once. */
function stopOnSignals(): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(interruptedExitCode)
      stop.abort(new Error('interrupted'))
    })
  }
  return stop.signal
}

process.exitCode = await main(process.argv.slice(2))
