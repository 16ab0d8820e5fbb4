import { constants } from 'node:os'
import type { ArtifactOmission, Run, RunOutcome, Stage, StageOutcome } from '@run-it/sdk'
import { formatBytes, formatMs } from '../config/units.ts'
import { exitCodes } from './exit-code.ts'
import { cleanCell } from './table.ts'
import { summaryRemarks } from './test-line.ts'

/** What `run-it run` exits with: the program's own code where it has one. */
export function exitCodeOf(outcome: RunOutcome): number {
  switch (outcome.kind) {
    case 'exited':
      return outcome.code
    case 'signaled':
      return exitCodes.signalBase + (constants.signals[outcome.signal as NodeJS.Signals] ?? 0)
    case 'timed-out':
      return exitCodes.timedOut
    case 'out-of-memory':
      return exitCodes.outOfMemory
    case 'tested':
      return outcome.verdict === 'accepted' ? 0 : exitCodes.notAccepted
    case 'compile-failed':
      return exitCodes.data
    case 'canceled':
      return exitCodes.interrupted
    case 'failed':
      return outcome.code === 'attempts-exhausted' ? exitCodes.software : exitCodes.unavailable
  }
}

/** How it ended, in a few words. */
export function describeOutcome(outcome: RunOutcome): string {
  switch (outcome.kind) {
    case 'exited':
      return `exit code ${outcome.code}`
    case 'signaled':
      return `killed by ${outcome.signal}`
    case 'timed-out':
      return `timed out after ${formatMs(outcome.limitMs)} (${outcome.clock === 'wall' ? 'wall clock' : 'CPU time'})`
    case 'out-of-memory':
      return `out of memory (limit ${formatBytes(outcome.limitBytes)})`
    case 'tested':
      return outcome.verdict === 'accepted' ? 'all tests accepted' : `not accepted (${outcome.verdict})`
    case 'compile-failed':
      return 'did not compile'
    case 'canceled':
      return 'canceled'
    case 'failed':
      return `${outcome.detail} (${outcome.code})`
  }
}

/** What a person should know about a finished run beside its output: one line each, none for a program that just ended. */
export function remarksOn(run: Run): readonly string[] {
  const { outcome } = run
  // Of tests there can be hundreds: what each of them met is in the run.
  const stages = run.stages.filter(stage => stage.test === undefined)
  const remarks = [
    ...stages.flatMap(stage => stageRemarks(run, stage)),
    ...artifactRemarks(run),
    ...summaryRemarks(run),
  ]
  if (!outcome || outcome.kind === 'exited' || outcome.kind === 'tested') return remarks
  if (outcome.kind !== 'compile-failed') return [...remarks, describeOutcome(outcome)]
  const compile = run.stages.find(stage => stage.name === 'compile')
  return [...remarks, `did not compile${compile ? `: the compiler ${compilerEnd(compile.outcome)}` : ''}`]
}

/** Files that were asked for and are missing. */
export function artifactRemarks({ artifactsOmitted = [] }: Run): readonly string[] {
  return artifactsOmitted.map(({ reason, files, paths }) => {
    if (files === undefined) return omissionTexts[reason]
    const named = paths.slice(0, 3).map(cleanCell).join(', ')
    return `${files === 1 ? 'a file was' : `${files} files were`} left out, ${omissionTexts[reason]}: ${named}${files > 3 ? ', …' : ''}`
  })
}

const omissionTexts: Readonly<Record<ArtifactOmission['reason'], string>> = {
  'too-many': 'because there were too many',
  'too-large': 'because they are too large together',
  name: 'because of the name',
  unreadable: 'because the program made it unreadable',
  'not-searched': 'not all folders were searched for files',
  'sandbox-lost': 'the files could not be read any more',
}

function compilerEnd(outcome: StageOutcome): string {
  switch (outcome.kind) {
    case 'exited':
      return `exited with code ${outcome.code}`
    case 'signaled':
    case 'canceled':
      return `was ${describeOutcome(outcome)}`
    case 'timed-out':
      return describeOutcome(outcome)
    case 'out-of-memory':
      return `ran ${describeOutcome(outcome)}`
  }
}

function stageRemarks(run: Run, stage: Stage): readonly string[] {
  const limits = stage.name === 'compile' ? run.compileLimits : run.limits
  const who = stage.name === 'compile' ? "the compiler's " : ''
  const cut = (['stdout', 'stderr'] as const)
    .filter(stream => stage[stream].truncated)
    .map(stream => `${who}${stream} was cut off after ${formatBytes(stage[stream].bytes)} (the output limit)`)
  const texts: Record<Stage['limitsHit'][number], string> = {
    memory: `memory limit of ${formatBytes(limits.memoryBytes)}`,
    processes: `limit of ${limits.processes} processes`,
    disk: `disk limit of ${formatBytes(limits.diskBytes)}`,
    openFiles: `limit of ${limits.openFiles} open files`,
    fileSize: 'limit of the size of a file',
  }
  return [...cut, ...stage.limitsHit.map(limit => `${who || 'the '}${texts[limit]} was hit`)]
}
