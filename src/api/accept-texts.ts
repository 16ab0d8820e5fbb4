import type { EncodedBytes } from '../run/file.ts'
import type { ProblemError } from '../run/problem.ts'
import { contentFault } from './content.ts'
import type { BytesSubmission } from './schema/content.ts'

/** Linux gives a program 128 KiB for one argument and a few MiB for all; this is well below both. */
const maxArgumentBytes = 100 * 1024

/** What is wrong with a text that a program gets. */
export function textFaults(pointer: string, text: string): readonly ProblemError[] {
  if (text.includes('\0')) {
    return [{ pointer, detail: 'must not contain NUL' }]
  }
  return text.isWellFormed() ? [] : [{ pointer, detail: 'must be valid Unicode' }]
}

/** What is wrong with arguments, each and with the variables all together. */
export function argumentFaults(
  pointer: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): readonly ProblemError[] {
  const texts = [...args, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)]
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0)
  const tooLong = `and env have ${bytes} bytes together; at most ${maxArgumentBytes} are accepted`
  return [
    ...args.flatMap((arg, index) => textFaults(`${pointer}/${index}`, arg)),
    ...(bytes <= maxArgumentBytes ? [] : [{ pointer, detail: tooLong }]),
  ]
}

/** Text stands for its UTF-8. */
export function bytesOf(given: BytesSubmission): EncodedBytes {
  return typeof given === 'object' ? given : { content: given, encoding: 'utf8' }
}

export function bytesFaults(pointer: string, given: BytesSubmission | undefined): readonly ProblemError[] {
  const fault = given === undefined ? undefined : contentFault(bytesOf(given))
  return fault === undefined ? [] : [{ pointer, detail: fault }]
}
