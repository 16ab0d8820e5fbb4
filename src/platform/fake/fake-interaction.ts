import type { StageOutcome } from '../../run/outcome.ts'
import type { TerminalSize } from '../../run/terminal.ts'
import type { FakeProcess } from './fake-program.ts'

/** The byte that Ctrl-C is. */
const interruptByte = 3

/** Prints the question, reads one line of its input, and prints a greeting. On a terminal the line is echoed. */
export async function ask(process: FakeProcess, question: string): Promise<StageOutcome | undefined> {
  process.write('stdout', `${question} `)
  let line = ''
  while (!line.includes('\n')) {
    const input = await process.nextInput()
    if (input === undefined) break
    if (input.type === 'signal') return { kind: 'signaled', signal: input.signal }
    if (input.type === 'stdin') line += Buffer.from(input.bytes).toString().replaceAll('\r', '\n')
  }
  if (process.stage.terminal) process.write('stdout', line.replaceAll('\n', '\r\n'))
  process.write('stdout', `Hello, ${line.split('\n', 1)[0]}!\n`)
  return undefined
}

/** Prints the size of its terminal, and each new one, until it is interrupted. */
export async function showTerminal(process: FakeProcess): Promise<StageOutcome | undefined> {
  const show = (size: TerminalSize | undefined) =>
    process.write('stdout', size === undefined ? 'none\n' : `${size.columns}x${size.rows}\r\n`)
  show(process.stage.terminal)
  for (let input = await process.nextInput(); input !== undefined; input = await process.nextInput()) {
    if (input.type === 'resize') show(input.size)
    if (input.type === 'signal' || (input.type === 'stdin' && input.bytes.includes(interruptByte))) {
      process.write('stdout', 'interrupted\r\n')
      return undefined
    }
  }
  return undefined
}
