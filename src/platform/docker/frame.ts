import type { LimitHit } from '../../run/limits.ts'
import { type SignalName, signalNumbers, type TerminalSize } from '../../run/terminal.ts'

/** The worker's side of the protocol of init, version 2: see `docs/init-protocol.md`. Pure. */
export const initProtocolVersion = 2

/** A frame's payload is at most this long, in either direction. */
export const maxPayloadBytes = 1024 * 1024

const headerBytes = 5

export const toInit = {
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
  list: 0x20,
  read: 0x21,
  resize: 0x15,
  preboot: 0x16,
} as const

export type InitFrame =
  | { readonly type: 'ready'; readonly version: number }
  | { readonly type: 'file-error'; readonly errno: number; readonly path: string }
  | { readonly type: 'done'; readonly errno: number; readonly bytes: number }
  | { readonly type: 'stdout' | 'stderr'; readonly bytes: Buffer }
  | { readonly type: 'stage-exit'; readonly exit: InitStageExit }
  | { readonly type: 'stdin-taken'; readonly bytes: number }
  | { readonly type: 'prebooted'; readonly errno: number; readonly memoryBytes: number }
  | { readonly type: 'entry'; readonly bytes: number; readonly path: Buffer }
  | { readonly type: 'list-end'; readonly missed: number }
  | { readonly type: 'read-data'; readonly bytes: Buffer }
  | { readonly type: 'read-end'; readonly errno: number; readonly truncated: boolean }
  | { readonly type: 'error'; readonly message: string }

export interface InitStageExit {
  readonly reason: 'exited' | 'signaled' | 'wall' | 'cpu' | 'out-of-memory' | 'killed' | 'not-started'
  readonly value: number
  readonly wallTimeMs: number
  readonly cpuTimeMs?: number
  readonly memoryPeakBytes?: number
  readonly limitsHit: readonly LimitHit[]
  readonly stdoutTruncated: boolean
  readonly stderrTruncated: boolean
}

const exitReasons = ['exited', 'signaled', 'wall', 'cpu', 'out-of-memory', 'killed', 'not-started'] as const
const limitBits = ['memory', 'processes', 'disk', 'openFiles', 'fileSize'] as const satisfies readonly LimitHit[]
const notMeasured = 0xffff_ffff_ffff_ffffn

export function encodeFrame(type: number, payload: Uint8Array = new Uint8Array()): Buffer {
  if (payload.length > maxPayloadBytes) throw new RangeError(`a frame of ${payload.length} bytes is too long`)
  const frame = Buffer.allocUnsafe(headerBytes + payload.length)
  frame.writeUInt32LE(payload.length, 0)
  frame.writeUInt8(type, 4)
  frame.set(payload, headerBytes)
  return frame
}

/** A file as one frame, or as several when it is larger than a payload. */
export function* encodeFile(file: { path: string; mode: number; bytes: Uint8Array }): Generator<Buffer> {
  const path = Buffer.from(file.path)
  const head = Buffer.alloc(8)
  head.writeUInt32LE(file.mode, 0)
  head.writeUInt32LE(path.length, 4)
  const firstBytes = maxPayloadBytes - head.length - path.length
  yield encodeFrame(toInit.file, Buffer.concat([head, path, file.bytes.subarray(0, firstBytes)]))
  for (let start = firstBytes; start < file.bytes.length; start += maxPayloadBytes) {
    yield encodeFrame(toInit.fileData, file.bytes.subarray(start, start + maxPayloadBytes))
  }
}

export function encodeFolder(folder: { path: string; mode: number }): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32LE(folder.mode, 0)
  return encodeFrame(toInit.folder, Buffer.concat([head, Buffer.from(folder.path)]))
}

export function encodeSignal(signal: SignalName): Buffer {
  const payload = Buffer.alloc(4)
  payload.writeUInt32LE(signalNumbers[signal])
  return encodeFrame(toInit.signal, payload)
}

export function encodeResize(size: TerminalSize): Buffer {
  return encodeFrame(toInit.resize, encodeSize(size))
}

function encodeSize(size: TerminalSize | undefined): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt16LE(size?.columns ?? 0, 0)
  bytes.writeUInt16LE(size?.rows ?? 0, 2)
  return bytes
}

/** Bits of a stage's flags. */
const stageFlags = { terminal: 1, continue: 2 } as const

export interface StageFrame {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly wallTimeMs: number
  readonly cpuTimeMs: number
  readonly memoryBytes: number
  readonly fileSizeBytes: number
  readonly stdoutBytes: number
  readonly stderrBytes: number
  readonly openFiles: number
  /** The process that was started ahead is to be its first one, if it is there. */
  readonly continues?: boolean
  readonly terminal?: TerminalSize
}

export function encodeStage(stage: StageFrame): Buffer {
  return encodeFrame(toInit.stage, stagePayload(stage))
}

/** A stage that is to begin later: its process is started, and waits for the file at `path`. */
export function encodePreboot(path: string, stage: StageFrame): Buffer {
  const name = Buffer.from(path)
  const size = Buffer.alloc(4)
  size.writeUInt32LE(name.length)
  return encodeFrame(toInit.preboot, Buffer.concat([size, name, stagePayload(stage)]))
}

function stagePayload(stage: StageFrame): Buffer {
  const variables = Object.entries(stage.env).map(([name, value]) => `${name}=${value}`)
  const head = Buffer.alloc(6 * 8 + 5 * 4)
  const wide = [
    stage.wallTimeMs,
    stage.cpuTimeMs,
    stage.memoryBytes,
    stage.fileSizeBytes,
    stage.stdoutBytes,
    stage.stderrBytes,
  ]
  wide.forEach((value, index) => {
    head.writeBigUInt64LE(BigInt(value), index * 8)
  })
  const flags = (stage.terminal === undefined ? 0 : stageFlags.terminal) | (stage.continues ? stageFlags.continue : 0)
  const size = encodeSize(stage.terminal).readUInt32LE(0)
  const narrow = [stage.openFiles, flags, size, stage.argv.length, variables.length]
  narrow.forEach((value, index) => {
    head.writeUInt32LE(value, wide.length * 8 + index * 4)
  })
  const strings = [...stage.argv, ...variables].map(text => {
    if (text.includes('\0')) throw new RangeError('an argument or variable holds a NUL')
    return Buffer.from(`${text}\0`)
  })
  return Buffer.concat([head, ...strings])
}

/** None of the bounds may be 0. */
export function encodeList(bounds: {
  readonly entries: number
  readonly depth: number
  readonly pathBytes: number
  readonly timeMs: number
}): Buffer {
  const payload = Buffer.alloc(16)
  const numbers = [bounds.entries, bounds.depth, bounds.pathBytes, bounds.timeMs]
  numbers.forEach((value, index) => {
    payload.writeUInt32LE(value, index * 4)
  })
  return encodeFrame(toInit.list, payload)
}

export function encodeRead(path: string, maxBytes: number): Buffer {
  const head = Buffer.alloc(8)
  head.writeBigUInt64LE(BigInt(maxBytes), 0)
  return encodeFrame(toInit.read, Buffer.concat([head, Buffer.from(path)]))
}

/** Cuts what comes from init into frames. Bytes may come in pieces of any size; a frame that makes no sense throws. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): readonly InitFrame[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    const frames: InitFrame[] = []
    while (this.#pending.length >= headerBytes) {
      const length = this.#pending.readUInt32LE(0)
      if (length > maxPayloadBytes) throw new RangeError(`init announced a frame of ${length} bytes`)
      if (this.#pending.length < headerBytes + length) break
      frames.push(decodeFrame(this.#pending.readUInt8(4), this.#pending.subarray(headerBytes, headerBytes + length)))
      this.#pending = this.#pending.subarray(headerBytes + length)
    }
    return frames
  }
}

function decodeFrame(type: number, payload: Buffer): InitFrame {
  switch (type) {
    case 0x81:
      return { type: 'ready', version: payload.readUInt32LE(0) }
    case 0x82:
      return { type: 'file-error', errno: payload.readUInt32LE(0), path: payload.toString('utf8', 4) }
    case 0x83:
      return { type: 'done', errno: payload.readUInt32LE(0), bytes: Number(payload.readBigUInt64LE(4)) }
    case 0x90:
      return { type: 'stdout', bytes: payload }
    case 0x91:
      return { type: 'stderr', bytes: payload }
    case 0x92:
      return { type: 'stage-exit', exit: decodeStageExit(payload) }
    case 0x94:
      return { type: 'prebooted', errno: payload.readUInt32LE(0), memoryBytes: Number(payload.readBigUInt64LE(4)) }
    case 0x93:
      return { type: 'stdin-taken', bytes: payload.readUInt32LE(0) }
    case 0xa0:
      return { type: 'entry', bytes: Number(payload.readBigUInt64LE(0)), path: payload.subarray(8) }
    case 0xa1:
      return { type: 'list-end', missed: payload.readUInt32LE(0) }
    case 0xa2:
      return { type: 'read-data', bytes: payload }
    case 0xa3:
      return { type: 'read-end', errno: payload.readUInt32LE(0), truncated: payload.readUInt8(4) !== 0 }
    case 0xff:
      return { type: 'error', message: payload.toString('utf8') }
    default:
      throw new RangeError(`init sent a frame of unknown type ${type}`)
  }
}

function decodeStageExit(payload: Buffer): InitStageExit {
  const reason = exitReasons[payload.readUInt8(0)]
  if (reason === undefined) throw new RangeError(`init ended a stage for unknown reason ${payload.readUInt8(0)}`)
  const cpuTimeUs = payload.readBigUInt64LE(13)
  const memoryPeakBytes = payload.readBigUInt64LE(21)
  const bits = payload.readUInt32LE(29)
  return {
    reason,
    value: payload.readInt32LE(1),
    wallTimeMs: microsecondsToMs(payload.readBigUInt64LE(5)),
    cpuTimeMs: cpuTimeUs === notMeasured ? undefined : microsecondsToMs(cpuTimeUs),
    memoryPeakBytes: memoryPeakBytes === notMeasured ? undefined : Number(memoryPeakBytes),
    limitsHit: limitBits.filter((_, index) => (bits & (1 << index)) !== 0),
    stdoutTruncated: payload.readUInt8(33) !== 0,
    stderrTruncated: payload.readUInt8(34) !== 0,
  }
}

/** Kept to the microsecond: 1234 µs are 1.234 ms. */
function microsecondsToMs(microseconds: bigint): number {
  return Number(microseconds) / 1000
}
