/** The words of docs/init-protocol.md, as its reader on the other side would write them down. */
export const frameType = {
  file: 0x01,
  fileData: 0x02,
  folder: 0x03,
  snapshot: 0x04,
  restore: 0x05,
  stage: 0x10,
  stdin: 0x11,
  stdinEnd: 0x12,
  signal: 0x13,
  kill: 0x14,
  resize: 0x15,
  preboot: 0x16,
  list: 0x20,
  read: 0x21,
  ready: 0x81,
  fileError: 0x82,
  done: 0x83,
  stdout: 0x90,
  stderr: 0x91,
  stageExit: 0x92,
  stdinTaken: 0x93,
  prebooted: 0x94,
  entry: 0xa0,
  listEnd: 0xa1,
  readData: 0xa2,
  readEnd: 0xa3,
  error: 0xff,
} as const

export const reason = {
  exited: 0,
  signaled: 1,
  wallLimit: 2,
  cpuLimit: 3,
  outOfMemory: 4,
  killed: 5,
  notStarted: 6,
} as const

export const limitHit = { memory: 1, processes: 2, disk: 4, openFiles: 8, fileSize: 16 } as const

export interface Frame {
  readonly type: number
  readonly payload: Buffer
}

export interface StageOptions {
  readonly argv: readonly string[]
  readonly env?: readonly string[]
  readonly wallMs?: number
  readonly cpuMs?: number
  readonly memoryBytes?: number
  readonly fileSizeBytes?: number
  readonly outputBytes?: number
  readonly openFiles?: number
  /** The process that was started ahead is to be its first one. */
  readonly continues?: boolean
  readonly terminal?: { readonly columns: number; readonly rows: number }
}

export interface StageEnd {
  readonly reason: number
  readonly value: number
  readonly wallUs: bigint
  readonly cpuUs: bigint
  readonly memoryPeakBytes: bigint
  readonly limitsHit: number
  readonly stdoutTruncated: boolean
  readonly stderrTruncated: boolean
}

const headerBytes = 5
const MiB = 1024 * 1024

export function encodeFrame(type: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUInt32LE(payload.length, 0)
  header.writeUInt8(type, 4)
  return Buffer.concat([header, payload])
}

export function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, 4 * index)
  return bytes
}

function longNumbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length)
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 8 * index)
  return bytes
}

export function readPayload(path: string, maxBytes: number): Buffer {
  return Buffer.concat([longNumbers(maxBytes), Buffer.from(path)])
}

export function filePayload(path: string, mode: number, content: Uint8Array): Buffer {
  const name = Buffer.from(path)
  return Buffer.concat([numbers(mode, name.length), name, content])
}

/** The payload of a `resize` frame too. */
export function sizeBytes({ columns, rows }: { readonly columns: number; readonly rows: number }): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt16LE(columns, 0)
  bytes.writeUInt16LE(rows, 2)
  return bytes
}

export function stagePayload(stage: StageOptions): Buffer {
  const outputBytes = stage.outputBytes ?? MiB
  const env = stage.env ?? []
  return Buffer.concat([
    longNumbers(
      stage.wallMs ?? 20_000,
      stage.cpuMs ?? 20_000,
      stage.memoryBytes ?? 1024 * MiB,
      stage.fileSizeBytes ?? 64 * MiB,
      outputBytes,
      outputBytes,
    ),
    numbers(stage.openFiles ?? 256, (stage.terminal === undefined ? 0 : 1) + (stage.continues ? 2 : 0)),
    sizeBytes(stage.terminal ?? { columns: 0, rows: 0 }),
    numbers(stage.argv.length, env.length),
    ...[...stage.argv, ...env].map(text => Buffer.from(`${text}\0`)),
  ])
}

export function prebootPayload(path: string, stage: StageOptions): Buffer {
  const name = Buffer.from(path)
  return Buffer.concat([numbers(name.length), name, stagePayload(stage)])
}

export function decodeStageEnd(payload: Buffer): StageEnd {
  return {
    reason: payload.readUInt8(0),
    value: payload.readInt32LE(1),
    wallUs: payload.readBigUInt64LE(5),
    cpuUs: payload.readBigUInt64LE(13),
    memoryPeakBytes: payload.readBigUInt64LE(21),
    limitsHit: payload.readUInt32LE(29),
    stdoutTruncated: payload.readUInt8(33) === 1,
    stderrTruncated: payload.readUInt8(34) === 1,
  }
}

/** Cuts a stream of bytes into frames, whatever pieces it comes in. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): readonly Frame[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const frames: Frame[] = []
    for (;;) {
      if (this.#rest.length < headerBytes) return frames
      const end = headerBytes + this.#rest.readUInt32LE(0)
      if (this.#rest.length < end) return frames
      frames.push({ type: this.#rest.readUInt8(4), payload: this.#rest.subarray(headerBytes, end) })
      this.#rest = this.#rest.subarray(end)
    }
  }
}
