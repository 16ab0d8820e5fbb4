/** Of each chunk that the engine sends of a container without a terminal: 1 is stdout, 2 is stderr. */
export interface StreamChunk {
  readonly stream: 'stdout' | 'stderr'
  readonly bytes: Buffer
}

const headerBytes = 8

/**
 * Cuts the engine's attach stream into chunks. Each has a header of 8 bytes: the stream, three zeros, and the length, big-endian.
 * Chunks are passed on in pieces as they come, so nothing but an incomplete header is ever held back.
 * Source: "Attach to a container, stream format" in the Docker Engine API reference.
 */
export class MultiplexedStreamReader {
  #header: Buffer = Buffer.alloc(0)
  #stream: 'stdout' | 'stderr' = 'stdout'
  #remainingBytes = 0

  push(data: Buffer): readonly StreamChunk[] {
    const chunks: StreamChunk[] = []
    let rest = data
    while (rest.length > 0) {
      if (this.#remainingBytes === 0) {
        rest = this.#readHeader(rest)
        continue
      }
      const bytes = rest.subarray(0, this.#remainingBytes)
      rest = rest.subarray(bytes.length)
      this.#remainingBytes -= bytes.length
      chunks.push({ stream: this.#stream, bytes })
    }
    return chunks
  }

  #readHeader(data: Buffer): Buffer {
    const missing = headerBytes - this.#header.length
    this.#header = Buffer.concat([this.#header, data.subarray(0, missing)])
    if (this.#header.length === headerBytes) {
      this.#stream = this.#header.readUInt8(0) === 2 ? 'stderr' : 'stdout'
      this.#remainingBytes = this.#header.readUInt32BE(4)
      this.#header = Buffer.alloc(0)
    }
    return data.subarray(missing)
  }
}
