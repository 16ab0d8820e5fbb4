/** How bytes stand in JSON. */
export type Encoding = 'utf8' | 'base64'

/** Bytes in JSON: text where they are valid UTF-8, base64 otherwise. */
export interface EncodedBytes {
  readonly content: string
  readonly encoding: Encoding
}

/** A file of a run. `path` is relative to the working folder, with `/` between its parts. */
export interface RunFile extends EncodedBytes {
  readonly path: string
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function encodeBytes(bytes: Uint8Array): EncodedBytes {
  try {
    return { content: strictUtf8.decode(bytes), encoding: 'utf8' }
  } catch {
    return { content: Buffer.from(bytes).toString('base64'), encoding: 'base64' }
  }
}

export function decodeBytes(encoded: EncodedBytes): Uint8Array {
  return Buffer.from(encoded.content, encoded.encoding)
}
