import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { inflateSync } from 'node:zlib'
import type { Run, RunSubmission } from '../../sdk/src/types.ts'
import { TestServer } from '../support/server.ts'

const MiB = 1024 * 1024

/** What a plotting library does in the end: a file that is a picture, to the byte. */
const plot = `
import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
width, height = 64, 48
rows = b"".join(b"\\0" + bytes((x * 4, y * 5, 128) [channel] for x in range(width) for channel in range(3)) for y in range(height))
with open("plot.png", "wb") as file:
    file.write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
    file.write(chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
print("saved")
`

suite('files out', () => {
  let server: TestServer
  before(async () => {
    server = await TestServer.start({
      variables: { RUN_IT_MAX_ARTIFACT_BYTES: String(8 * MiB), RUN_IT_MAX_ARTIFACTS: '20' },
    })
  })
  after(() => server[Symbol.asyncDispose]())

  async function run(submission: RunSubmission): Promise<Run> {
    const { id } = await server.client.runs.submit(submission)
    return await server.client.runs.wait(id)
  }
  const python = (source: string, artifacts: string[], more: Partial<RunSubmission> = {}) =>
    run({ environment: 'python', source, artifacts, ...more })
  const paths = (finished: Run) => finished.artifacts?.map(({ path }) => path)

  test('a picture that a program draws comes out as the picture that it is', async () => {
    const finished = await python(plot, ['*.png'])
    assert.deepEqual(finished.outcome, { kind: 'exited', code: 0 }, JSON.stringify(finished.stages))
    const [artifact] = finished.artifacts ?? []
    assert.equal(artifact?.path, 'plot.png')
    assert.equal(artifact?.mediaType, 'image/png')
    const reply = await fetch(`${server.url}/v1/runs/${finished.id}/artifacts/plot.png`)
    assert.equal(reply.headers.get('content-type'), 'image/png')
    assert.equal(reply.headers.get('content-disposition'), 'attachment; filename=plot.png')
    const png = Buffer.from(await reply.arrayBuffer())
    assert.equal(png.length, artifact?.bytes)
    assert.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n')
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [64, 48])
    const start = png.indexOf('IDAT')
    const pixels = inflateSync(png.subarray(start + 4, start + 4 + png.readUInt32BE(start - 4)))
    assert.equal(pixels.length, 48 * (1 + 64 * 3))
    assert.deepEqual([...pixels.subarray(1, 7)], [0, 0, 128, 4, 0, 128])
  })

  test('large files come out to the byte, and survive the server', async () => {
    const dataDirectory = server.dataDirectory
    const seed = randomBytes(8).toString('hex')
    const source = `
import hashlib, random
random.seed("${seed}")
data = random.randbytes(5 * 1048576 + 3)
open("data.bin", "wb").write(data)
print(hashlib.sha256(data).hexdigest())`
    const finished = await python(source, ['data.bin'])
    const expected = finished.stages[0]?.stdout.content?.trim()
    const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
    assert.equal(digest(await server.client.runs.artifact(finished.id, 'data.bin')), expected)
    await server.end('SIGKILL')
    server = await TestServer.start({ dataDirectory })
    const hash = createHash('sha256')
    for await (const chunk of await server.client.runs.artifactStream(finished.id, 'data.bin')) hash.update(chunk)
    assert.equal(hash.digest('hex'), expected)
  })

  test('what a program made before it was ended is kept, and what a compiler made where it failed', async () => {
    const endless = 'open("partial.txt", "w").write("so far")\nprint("x", flush=True)\nwhile True: pass'
    const timedOut = await python(endless, ['**'], { limits: { wallTimeMs: 1500 } })
    assert.equal(timedOut.outcome?.kind, 'timed-out')
    assert.deepEqual(paths(timedOut), ['partial.txt'])
    const killed = await python('import os\nopen("a", "w").write("b")\nos.kill(os.getpid(), 11)', ['a'])
    assert.deepEqual([killed.outcome, paths(killed)], [{ kind: 'signaled', signal: 'SIGSEGV' }, ['a']])
    const source = 'int main(void) { return 0 }'
    const failed = await run({ environment: 'c', source, artifacts: ['**'] })
    assert.equal(failed.outcome?.kind, 'compile-failed')
    assert.deepEqual([failed.artifacts, failed.artifactsOmitted], [[], undefined])
    const compiled = await run({
      environment: 'c',
      source: 'int main(void) { return 0; }',
      artifacts: ['**', '.out/*'],
    })
    assert.deepEqual(paths(compiled), ['.out/main'])
  })

  test('a program that ran out of memory leaves its files, or the run says that they are lost', async () => {
    const source = 'open("a", "w").write("b")\nkept = []\nwhile True: kept.append(b"x" * 1048576)'
    const finished = await python(source, ['a'], { limits: { memoryBytes: 64 * MiB } })
    assert.equal(finished.outcome?.kind, 'out-of-memory')
    const told = finished.artifactsOmitted?.map(({ reason }) => reason)
    assert.deepEqual(told ?? paths(finished), told === undefined ? ['a'] : ['sandbox-lost'])
  })

  test('files that were sent come back only where they changed', async () => {
    const files = [
      { path: 'main.py', content: 'open("data/in.txt", "a").write("!")\nopen("new.txt", "w").write("new")' },
      { path: 'data/in.txt', content: 'hello' },
      { path: 'data/same.bin', content: '/w==', encoding: 'base64' as const },
    ]
    const finished = await run({ environment: 'python', files, artifacts: ['**'] })
    assert.deepEqual(paths(finished), ['data/in.txt', 'new.txt'])
    const text = Buffer.from(await server.client.runs.artifact(finished.id, 'data/in.txt')).toString()
    assert.equal(text, 'hello!')
  })

  test('a deleted run takes its artifacts with it, and a rerun makes its own', async () => {
    const first = await python('import time\nopen("t", "w").write("x")', ['t'])
    const again = await server.client.runs.rerun(first.id)
    assert.deepEqual(paths(await server.client.runs.wait(again.id)), ['t'])
    await server.client.runs.delete(first.id)
    await assert.rejects(server.client.runs.artifact(first.id, 't'), /no run/)
    assert.equal(Buffer.from(await server.client.runs.artifact(again.id, 't')).toString(), 'x')
  })
})
