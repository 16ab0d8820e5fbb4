import { createReadStream, fstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { formatBytes } from '../config/units.ts'
import type { CliContext } from './context.ts'
import { CommandError, exitCodes } from './exit-code.ts'
import { cannotRead } from './gather-files.ts'

export interface InputOptions {
  /** The value of `--stdin`: a file, `-`, or nothing. */
  readonly file?: string
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/** Guards this process; a server that allows less says so itself. */
const maxInputBytes = 64 * 1024 * 1024

/** Somebody who waits this long for us may not know that we wait for him. */
const hintMs = 3_000

/**
 * What the program reads from its standard input. Without `--stdin` it is ours, if there is something behind it: a terminal would
 * have to be asked, and /dev/null and closed descriptors have nothing to say. A pipe is read to its end.
 */
export async function readInput(options: InputOptions, context: CliContext): Promise<Uint8Array> {
  if (options.file !== undefined && options.file !== '-') {
    const stream = createReadStream(resolve(context.folder, options.file))
    return collect(stream, options).catch(error => Promise.reject(readError(options.file ?? '', error)))
  }
  if (options.file === undefined && !hasInput(context)) return new Uint8Array()
  const hint = 'waiting for the end of standard input; `--stdin /dev/null` if the program needs none'
  const timer = setTimeout(() => context.stderr.write(`run-it: ${hint}\n`), hintMs).unref()
  try {
    return await collect(context.stdin, options)
  } catch (error) {
    throw readError('standard input', error)
  } finally {
    clearTimeout(timer)
    // An open pipe would keep the process alive.
    context.stdin.destroy()
  }
}

/** What the run is given when it is made: of an interactive one only what `--stdin` names, because the rest is typed later. */
export async function givenInput(
  { stdin: file }: { readonly stdin?: string },
  isInteractive: boolean,
  signal: AbortSignal,
  context: CliContext,
): Promise<Uint8Array> {
  if (isInteractive && (file === undefined || file === '-')) return new Uint8Array()
  return await readInput({ file, maxBytes: maxInputBytes, signal }, context)
}

function hasInput({ stdin }: CliContext): boolean {
  if (stdin.isTTY) return false
  if (stdin.fd === undefined) return true
  try {
    const stats = fstatSync(stdin.fd)
    return stats.isFIFO() || stats.isFile() || stats.isSocket()
  } catch {
    return false
  }
}

async function collect(
  stream: AsyncIterable<Uint8Array | string>,
  { maxBytes, signal }: InputOptions,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const iterator = stream[Symbol.asyncIterator]()
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
  })
  while (true) {
    const next = await Promise.race([iterator.next(), aborted])
    if (next.done) return Buffer.concat(chunks)
    const chunk = Buffer.from(next.value as Uint8Array)
    bytes += chunk.length
    if (bytes > maxBytes) {
      await iterator.return?.()
      throw new CommandError(exitCodes.noInput, `the program's standard input is larger than ${formatBytes(maxBytes)}`)
    }
    chunks.push(chunk)
  }
}

function readError(name: string, error: unknown): unknown {
  const isFromSystem = error instanceof Error && 'syscall' in error
  return isFromSystem ? cannotRead(name, error) : error
}
