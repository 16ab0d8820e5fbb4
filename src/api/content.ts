import type { EncodedBytes } from '../run/file.ts'

/** What is wrong with encoded bytes; undefined when nothing is. Node alone would drop what it cannot decode. */
export function contentFault(encoded: EncodedBytes): string | undefined {
  if (encoded.encoding === 'utf8') {
    return encoded.content.isWellFormed() ? undefined : 'must be valid Unicode; send other bytes as base64'
  }
  return isBase64(encoded.content) ? undefined : 'must be base64 with padding, and without white space'
}

/** Encoding what was decoded gives the same text again when, and only when, the text was strict base64. */
function isBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text
}
