import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { helpText, readArguments } from './arguments.ts'
import { bench } from './bench.ts'
import { measuredEnvironments } from './hello.ts'
import { Progress } from './progress.ts'
import { markdownReport } from './report/markdown.ts'
import { textReport } from './report/text.ts'
import type { Scenario } from './scenario.ts'
import { chooseScenarios, scaleScenarios, scenarios } from './scenarios.ts'

function pathOf(page: string): string {
  return fileURLToPath(new URL(`../docs/${page}`, import.meta.url))
}
const usageExitCode = 64
const interruptedExitCode = 130

async function main(argv: readonly string[]): Promise<number> {
  const all = scenarios(measuredEnvironments)
  let mine: typeof all
  let chosen: typeof all
  let given: ReturnType<typeof readArguments>
  try {
    given = readArguments(argv)
    mine = given.scale ? scaleScenarios : all
    chosen = chooseScenarios(mine, given.only)
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
    return usageExitCode
  }
  if (given.help) {
    process.stdout.write(helpText.replace('SCENARIOS', namesOf(all)).replace('SCALE', namesOf(scaleScenarios)))
    return 0
  }
  const { isQuick, scale: isScale } = given
  const stop = stopOnSignals()
  try {
    const report = await bench(chosen, { isQuick, isScale, progress: new Progress(process.stderr), signal: stop })
    const isWhole = chosen.length === mine.length && !isQuick
    if (given.write || isWhole) {
      await writeFile(pathOf(isScale ? 'benchmarks-scale.md' : 'benchmarks.md'), markdownReport(report))
    }
    process.stdout.write(given.json ? `${JSON.stringify(report, undefined, 2)}\n` : textReport(report))
    return report.scenarios.some(({ failure }) => failure !== undefined) ? 1 : 0
  } catch (error) {
    if (!stop.aborted) throw error
    process.stderr.write('bench: interrupted; everything was removed\n')
    return interruptedExitCode
  }
}

function namesOf(scenarios: readonly Scenario[]): string {
  return scenarios.map(({ name }) => name).join(', ')
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
