import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunEventBody } from '../run/event.ts'
import { OutputRecorder } from './output-recorder.ts'

function texts(events: readonly RunEventBody[]): string[] {
  return events.flatMap(event =>
    event.type === 'output'
      ? [`${event.stage} ${event.stream} ${Buffer.from(event.bytes).toString('latin1')}`]
      : [event.type],
  )
}

test('OutputRecorder keeps the order and joins what belongs together', async () => {
  const recorder = new OutputRecorder(async () => {})
  recorder.beginStage('compile')
  recorder.write('stderr', Buffer.from('a'))
  recorder.write('stderr', Buffer.from('b'))
  recorder.beginStage('run')
  recorder.write('stdout', Buffer.from('c'))
  recorder.write('stderr', Buffer.from('d'))
  recorder.write('stdout', Buffer.from('e'))
  assert.deepEqual(texts((await recorder.takeRest()).events), [
    'compile stderr ab',
    'run stdout c',
    'run stderr d',
    'run stdout e',
  ])
})

test('OutputRecorder cuts between characters, and still loses no byte of a broken one', async () => {
  const recorder = new OutputRecorder(async () => {})
  const bytes = Buffer.from('ü€')
  for (const byte of bytes) recorder.write('stdout', Uint8Array.of(byte))
  recorder.write('stdout', Uint8Array.of(0xe2))
  const { events } = await recorder.takeRest()
  const all = Buffer.concat(events.map(event => (event.type === 'output' ? event.bytes : new Uint8Array())))
  assert.deepEqual(all, Buffer.concat([bytes, Buffer.of(0xe2)]))
})

test('OutputRecorder keeps events small', async () => {
  const recorder = new OutputRecorder(async () => {})
  recorder.write('stdout', Buffer.alloc(300_000, 'x'))
  const sizes = (await recorder.takeRest()).events.map(event => (event.type === 'output' ? event.bytes.length : 0))
  assert.ok(sizes.every(size => size <= 65_536))
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    300_000,
  )
})

test('OutputRecorder keeps what could not be written, in order', async () => {
  const tried = Promise.withResolvers<void>()
  const recorder = new OutputRecorder(async () => {
    tried.resolve()
    throw new Error('disk full')
  })
  recorder.write('stdout', Buffer.from('first '))
  await tried.promise
  recorder.write('stdout', Buffer.from('second'))
  assert.equal(texts((await recorder.takeRest()).events).join('|'), 'run stdout first |run stdout second')
})

test('OutputRecorder makes few events of many small pieces, and keeps each stream whole', async () => {
  const recorder = new OutputRecorder(async () => {})
  for (let index = 0; index < 10_000; index += 1) {
    recorder.write(index % 2 === 0 ? 'stdout' : 'stderr', Buffer.from(String(index % 10)))
  }
  const { events } = await recorder.takeRest()
  assert.ok(events.length < 100)
  const printed = { stdout: '', stderr: '' }
  for (const event of events) {
    if (event.type === 'output') printed[event.stream] += Buffer.from(event.bytes).toString()
  }
  assert.deepEqual(printed, { stdout: '02468'.repeat(1_000), stderr: '13579'.repeat(1_000) })
})

test('OutputRecorder tries again by itself what could not be written', async () => {
  const written = Promise.withResolvers<readonly RunEventBody[]>()
  let tries = 0
  const recorder = new OutputRecorder(async events => {
    tries += 1
    if (tries === 1) throw new Error('disk full')
    written.resolve(events)
  })
  recorder.write('stdout', Buffer.from('said once'))
  assert.deepEqual(texts(await written.promise), ['run stdout said once'])
  assert.deepEqual((await recorder.takeRest()).events, [])
})

test('OutputRecorder writes nothing by itself after its rest was taken', async context => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  let appended = 0
  const recorder = new OutputRecorder(async () => {
    appended += 1
  })
  recorder.write('stdout', Buffer.from('a'))
  assert.equal((await recorder.takeRest()).events.length, 1)
  recorder.write('stdout', Buffer.from('late'))
  context.mock.timers.tick(10_000)
  await Promise.resolve()
  assert.equal(appended, 0)
})

test('OutputRecorder lets what comes after a pause leave at once, except in a short stage', async context => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  let nowMs = 0
  let appended = 0
  const pass = async (ms: number) => {
    nowMs += ms
    context.mock.timers.tick(ms)
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
  }
  const recorder = new OutputRecorder(
    async () => {
      appended += 1
    },
    () => nowMs,
  )
  recorder.beginStage('run')
  recorder.write('stdout', Buffer.from('short'))
  await pass(19)
  assert.equal(appended, 0)
  await pass(1)
  assert.equal(appended, 1)
  await pass(200)
  recorder.write('stdout', Buffer.from('after a pause'))
  await pass(1)
  assert.equal(appended, 2)
  recorder.write('stdout', Buffer.from('and soon'))
  await pass(1)
  assert.equal(appended, 2)
  recorder.write('stdout', Buffer.from('more'))
  await pass(19)
  assert.equal(appended, 3)
})

test('OutputRecorder does something between what there is and what comes later, whatever fails', async () => {
  const told: string[] = []
  let isFailing = true
  const recorder = new OutputRecorder(async events => {
    if (isFailing) throw new Error('disk full')
    told.push(...texts(events))
  })
  recorder.add({ type: 'progress', progress: { phase: 'pull', message: 'x' } })
  const gate = Promise.withResolvers<void>()
  const between = recorder.between(async () => {
    isFailing = false
    await gate.promise
    told.push('between')
  })
  recorder.write('stdout', Buffer.from('later'))
  const rest = recorder.takeRest()
  gate.resolve()
  await between
  // What could not be appended before is not lost, and not told twice.
  assert.deepEqual([...told, ...texts((await rest).events)], ['between', 'progress', 'run stdout later'])
})

test('OutputRecorder announces a moment later, after what there was and before what comes, or not at all', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const told: string[] = []
  const recorderOf = () => {
    const recorder = new OutputRecorder(async events => void told.push(...texts(events)))
    recorder.add({ type: 'progress', progress: { phase: 'pull', message: 'x' } })
    recorder.announce(async () => {
      told.push('announced')
      throw new Error('nobody hears it')
    })
    recorder.write('stdout', Buffer.from('later'))
    return recorder
  }
  const recorder = recorderOf()
  t.mock.timers.tick(20)
  assert.deepEqual((await recorder.takeRest()).events, [])
  assert.deepEqual(told.splice(0), ['progress', 'announced', 'run stdout later'])
  const short = recorderOf()
  assert.deepEqual(texts((await short.takeRest()).events), ['progress', 'run stdout later'])
  t.mock.timers.tick(20)
  assert.deepEqual(told, [])
})

test('OutputRecorder announces nothing before what could not be appended', async t => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const told: string[] = []
  let isFailing = true
  const recorder = new OutputRecorder(async events => {
    if (isFailing) throw new Error('disk full')
    told.push(...texts(events))
  })
  const turns = async () => {
    for (let count = 0; count < 5; count += 1) await new Promise<void>(resolve => setImmediate(resolve))
  }
  recorder.add({ type: 'progress', progress: { phase: 'pull', message: 'x' } })
  recorder.announce(async () => void told.push('announced'))
  t.mock.timers.tick(20)
  await turns()
  recorder.write('stdout', Buffer.from('later'))
  isFailing = false
  t.mock.timers.tick(1_000)
  await turns()
  assert.deepEqual(told, ['progress', 'announced', 'run stdout later'])
})

test('after an append that rejected the next one says how many are there for sure, and so does the rest', async () => {
  const seen: { readonly count: number; readonly written: number | undefined }[] = []
  let fails = false
  const recorder = new OutputRecorder(async (events, written) => {
    seen.push({ count: events.length, written })
    if (fails) throw new Error('the answer was lost')
  })
  const event = { type: 'progress', progress: { phase: 'pull', message: 'layer' } } as const
  recorder.add(event)
  recorder.add(event)
  await recorder.between(async () => {})
  fails = true
  recorder.add(event)
  await recorder.between(async () => {})
  recorder.add(event)
  await recorder.between(async () => {})
  recorder.add(event)
  const { events, written } = await recorder.takeRest()
  assert.deepEqual(seen, [
    { count: 2, written: undefined },
    { count: 1, written: undefined },
    { count: 2, written: 2 },
  ])
  assert.deepEqual([events.length, written], [3, 2])
})
