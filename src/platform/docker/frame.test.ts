import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  encodeFile,
  encodeFolder,
  encodeFrame,
  encodeResize,
  encodeSignal,
  encodeStage,
  FrameReader,
  maxPayloadBytes,
  toInit,
} from './frame.ts'

function stageExit(fields: { reason: number; value: number; cpu?: bigint; bits?: number }): Buffer {
  const payload = Buffer.alloc(35)
  payload.writeUInt8(fields.reason, 0)
  payload.writeInt32LE(fields.value, 1)
  payload.writeBigUInt64LE(12_345n, 5)
  payload.writeBigUInt64LE(fields.cpu ?? 2_000n, 13)
  payload.writeBigUInt64LE(4096n, 21)
  payload.writeUInt32LE(fields.bits ?? 0, 29)
  payload.writeUInt8(1, 33)
  return encodeFrame(0x92, payload)
}

test('FrameReader gives the same frames however the bytes are cut', () => {
  const bytes = Buffer.concat([
    encodeFrame(0x81, Buffer.from([1, 0, 0, 0])),
    encodeFrame(0x90, Buffer.from('out')),
    encodeFrame(0x91, Buffer.alloc(0)),
    stageExit({ reason: 0, value: 3 }),
  ])
  const whole = new FrameReader().push(bytes)
  assert.deepEqual(
    whole.map(frame => frame.type),
    ['ready', 'stdout', 'stderr', 'stage-exit'],
  )
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), cuts => {
      const reader = new FrameReader()
      const borders = [0, ...cuts.toSorted((left, right) => left - right), bytes.length]
      const frames = borders.slice(1).flatMap((end, index) => reader.push(bytes.subarray(borders[index], end)))
      assert.deepEqual(frames, whole)
    }),
  )
})

test('FrameReader reads every field of a stage exit', () => {
  const [frame] = new FrameReader().push(stageExit({ reason: 1, value: 11, bits: 0b10010 }))
  assert.deepEqual(frame, {
    type: 'stage-exit',
    exit: {
      reason: 'signaled',
      value: 11,
      wallTimeMs: 12.345,
      cpuTimeMs: 2,
      memoryPeakBytes: 4096,
      limitsHit: ['processes', 'fileSize'],
      stdoutTruncated: true,
      stderrTruncated: false,
    },
  })
})

test('FrameReader leaves out what was not measured', () => {
  const [frame] = new FrameReader().push(stageExit({ reason: 0, value: 0, cpu: 0xffff_ffff_ffff_ffffn }))
  assert.ok(frame?.type === 'stage-exit')
  assert.equal(frame.exit.cpuTimeMs, undefined)
})

test('FrameReader refuses what init never says', () => {
  const tooLong = Buffer.alloc(5)
  tooLong.writeUInt32LE(maxPayloadBytes + 1, 0)
  assert.throws(() => new FrameReader().push(tooLong), RangeError)
  assert.throws(() => new FrameReader().push(encodeFrame(0x42)), RangeError)
  assert.throws(() => new FrameReader().push(stageExit({ reason: 99, value: 0 })), RangeError)
})

test('encodeFile cuts a large file into frames that fit, and loses no byte', () => {
  const bytes = Buffer.alloc(2 * maxPayloadBytes + 17, 'x')
  const frames = [...encodeFile({ path: 'a/ü', mode: 0o644, bytes })]
  assert.equal(frames.length, 3)
  const [first, ...rest] = frames.map(frame => frame.subarray(5))
  assert.ok(first)
  assert.deepEqual(
    frames.map(frame => frame[4]),
    [toInit.file, toInit.fileData, toInit.fileData],
  )
  assert.equal(first.readUInt32LE(0), 0o644)
  const pathBytes = first.readUInt32LE(4)
  assert.equal(first.toString('utf8', 8, 8 + pathBytes), 'a/ü')
  assert.equal(Buffer.concat([first.subarray(8 + pathBytes), ...rest]).compare(bytes), 0)
})

test('encodeFolder and encodeStage write what the protocol says', () => {
  assert.equal(encodeFolder({ path: '.out', mode: 0o755 }).subarray(9).toString(), '.out')
  const stage = {
    argv: ['python3', 'main.py'],
    env: { A: 'b=c' },
    wallTimeMs: 1,
    cpuTimeMs: 2,
    memoryBytes: 3,
    fileSizeBytes: 4,
    stdoutBytes: 5,
    stderrBytes: 6,
    openFiles: 7,
  }
  const payload = encodeStage(stage).subarray(5)
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map(index => Number(payload.readBigUInt64LE(index * 8))),
    [1, 2, 3, 4, 5, 6],
  )
  assert.deepEqual(
    [0, 1, 2, 3, 4].map(index => payload.readUInt32LE(48 + index * 4)),
    [7, 0, 0, 2, 1],
  )
  assert.equal(payload.subarray(68).toString(), 'python3\0main.py\0A=b=c\0')
  assert.throws(() => encodeStage({ ...stage, argv: ['a\0b'] }), RangeError)
  const onTerminal = encodeStage({ ...stage, terminal: { columns: 91, rows: 17 } }).subarray(5)
  assert.deepEqual([onTerminal.readUInt32LE(52), onTerminal.readUInt16LE(56), onTerminal.readUInt16LE(58)], [1, 91, 17])
})

test('encodeResize and encodeSignal write what the protocol says', () => {
  assert.deepEqual([...encodeResize({ columns: 300, rows: 2 })], [4, 0, 0, 0, 0x15, 44, 1, 2, 0])
  assert.deepEqual([...encodeSignal('SIGINT')], [4, 0, 0, 0, 0x13, 2, 0, 0, 0])
})
