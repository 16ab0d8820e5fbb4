import { Compile } from 'typebox/compile'
import type { RunInput } from '../../run/terminal.ts'
import { contentFault } from '../content.ts'
import { type TerminalMessageJson, TerminalMessageSchema } from '../schema/terminal.ts'

const validator = Compile(TerminalMessageSchema)

/** What a message asks for, or what is wrong with it. */
export function readMessage(text: string): { readonly input: RunInput } | { readonly fault: string } {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return { fault: 'The message is not JSON.' }
  }
  if (!validator.Check(message)) {
    return { fault: 'The message is none of stdin, end, signal and resize, or has the wrong fields.' }
  }
  return inputOf(message)
}

function inputOf(message: TerminalMessageJson): { readonly input: RunInput } | { readonly fault: string } {
  switch (message.type) {
    case 'stdin': {
      const { content, encoding = 'utf8' } = message
      const fault = contentFault({ content, encoding })
      if (fault !== undefined) return { fault: `The content ${fault}.` }
      return { input: { type: 'stdin', bytes: Buffer.from(content, encoding) } }
    }
    case 'end':
      return { input: { type: 'end' } }
    case 'signal':
      return { input: { type: 'signal', signal: message.signal } }
    case 'resize':
      return { input: { type: 'resize', size: { columns: message.columns, rows: message.rows } } }
  }
}
