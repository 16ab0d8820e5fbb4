import { decodeBytes, type RunFile } from '../../run/file.ts'
import type { Preboot, StageRequest } from '../platform.ts'
import type { InitFrame } from './frame.ts'
import { encodePreboot } from './frame.ts'
import type { InitChannel } from './init-channel.ts'

/** Init gives up after ten seconds by itself. */
const bootDeadlineMs = 15_000
/** Where a source may say that it is not in UTF-8: an interpreter would want to read it again from its beginning. */
const linesWithEncoding = 2
/** Python knows no other name for what it reads anyway. */
const otherEncoding = /coding[:=][ \t]*(?!utf-8(?![-\w.]))[-\w.]/i

/** Starts the process, and tells what memory the sandbox takes once it waits; undefined when it does not get so far. */
export async function bootAhead(channel: InitChannel, preboot: Preboot): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  const timer = setTimeout(() => resolve(undefined), bootDeadlineMs)
  void channel.closed.then(() => resolve(undefined))
  channel.listen((frame: InitFrame) => {
    if (frame.type === 'prebooted') resolve(frame.errno === 0 ? frame.memoryBytes : undefined)
  })
  try {
    await channel.send(encodePreboot(preboot.main, stageFrame(preboot)))
    return await promise
  } finally {
    clearTimeout(timer)
    channel.listen(() => {})
  }
}

/**
 * Whether the waiting process can take these files as one can that finds them when it starts: it reads its source from a pipe, once
 * and from its beginning, and has looked for some others already.
 */
export function takesFiles(preboot: Preboot, files: readonly RunFile[]): boolean {
  if (files.some(({ path }) => preboot.without.some(name => path === name || path.startsWith(`${name}/`)))) return false
  const main = files.find(({ path }) => path === preboot.main)
  return main !== undefined && isPlainText(decodeBytes(main))
}

/** Pure ASCII or UTF-8, without NUL, and saying nothing else of itself. */
function isPlainText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return false
  }
  const head = text.split(/\r\n|\r|\n/, linesWithEncoding)
  return !head.some(line => otherEncoding.test(line))
}

/** Whether this stage begins as the process did. Init looks too. */
export function isSameStage(preboot: Preboot, stage: StageRequest): boolean {
  return stage.terminal === undefined && JSON.stringify(started(preboot)) === JSON.stringify(started(stage))
}

type Started = Pick<StageRequest, 'argv' | 'env' | 'limits'>

/** All that a process is started with. The limits that are not here are enforced from outside of it. */
function started({ argv, env, limits }: Started): unknown {
  return [argv, Object.entries(env), limits.cpuTimeMs, limits.diskBytes, limits.openFiles]
}

export function stageFrame({ argv, env, limits }: Started) {
  return {
    argv,
    env,
    wallTimeMs: limits.wallTimeMs,
    cpuTimeMs: limits.cpuTimeMs,
    memoryBytes: limits.memoryBytes,
    fileSizeBytes: limits.diskBytes,
    stdoutBytes: limits.outputBytes,
    stderrBytes: limits.outputBytes,
    openFiles: limits.openFiles,
  }
}
