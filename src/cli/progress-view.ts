import type { ImageProgress } from '@run-it/sdk'
import { formatBytes } from '../config/units.ts'
import type { Terminal } from './context.ts'

/** What a person sees while nothing is printed yet. It goes to stderr: stdout belongs to the program. */
export interface ProgressView extends Disposable {
  /** A step of getting an image. */
  show(progress: ImageProgress): void
  /** What we are waiting for; shown only when it takes a while. */
  status(text: string): void
  /** Wipes the line, because something else is about to be written. */
  clear(): void
}

const redrawMs = 100
const plainLineMs = 2_000
const patienceMs = 1_000
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

export function createProgressView(stderr: Terminal, now: () => number = Date.now): ProgressView {
  return stderr.isTTY ? terminalView(stderr) : plainView(stderr, now)
}

/** One line that is drawn over and over. */
function terminalView(stderr: Terminal): ProgressView {
  let text = ''
  let visibleFrom = 0
  let isDrawn = false
  let frame = 0
  let timer: NodeJS.Timeout | undefined

  function draw(): void {
    if (Date.now() < visibleFrom) return
    frame = (frame + 1) % frames.length
    stderr.write(`\r\u001b[2K${`${frames[frame]} ${text}`.slice(0, (stderr.columns ?? 80) - 1)}`)
    isDrawn = true
  }
  function set(next: string, delayMs: number): void {
    text = next
    if (!isDrawn) visibleFrom = Date.now() + delayMs
    timer ??= setInterval(draw, redrawMs).unref()
  }
  function clear(): void {
    clearInterval(timer)
    timer = undefined
    if (isDrawn) stderr.write('\r\u001b[2K')
    isDrawn = false
  }
  return {
    show: progress => set(describeProgress(progress, true), 0),
    status: status => set(status, patienceMs),
    clear,
    [Symbol.dispose]: clear,
  }
}

/** Lines, but not more than somebody who reads a log later wants to see. */
function plainView(stderr: Terminal, now: () => number): ProgressView {
  let lastLine = ''
  let lastAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined

  function print(line: string): void {
    if (line === lastLine || now() - lastAt < plainLineMs) return
    lastLine = line
    lastAt = now()
    stderr.write(`run-it: ${line}\n`)
  }
  function clear(): void {
    clearTimeout(timer)
  }
  return {
    show: progress => print(describeProgress(progress, false)),
    status(text) {
      clear()
      timer = setTimeout(print, 5 * patienceMs, text).unref()
    },
    clear,
    [Symbol.dispose]: clear,
  }
}

export function describeProgress(progress: ImageProgress, hasBar: boolean): string {
  const { phase, message, currentBytes, totalBytes } = progress
  const verb = phase === 'pull' ? 'pulling' : 'building'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a server's text must not steer the terminal
  const text = `${verb}: ${message.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')}`
  if (currentBytes === undefined || !totalBytes) return text
  const share = Math.min(1, currentBytes / totalBytes)
  const amount = `${Math.floor(share * 100)} % of ${formatBytes(totalBytes)}`
  return hasBar ? `${bar(share)} ${amount}  ${text}` : `${text} (${amount})`
}

function bar(share: number): string {
  const width = 20
  const filled = Math.round(share * width)
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`
}
