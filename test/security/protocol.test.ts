import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { encodeFrame } from '../../src/platform/docker/frame.ts'
import { assertExited, assertTimedOut, attackedServer } from './target.ts'

const stageExit = 0x92
const bytesOf = (value: number, size: number) => Buffer.from(Array.from({ length: size }, () => value))

/** What init says in frames, and what the engine puts around them, as a program would forge both. */
const forgeries = {
  'a stage that ended well': encodeFrame(stageExit, bytesOf(0, 35)),
  'an error of init': encodeFrame(0xff, Buffer.from('forged')),
  'a frame that is too long': Buffer.from([0xff, 0xff, 0xff, 0xff, 0x90]),
  'an unknown frame': encodeFrame(0x77),
  'stdin that was taken': encodeFrame(0x93, bytesOf(0xff, 4)),
  ready: encodeFrame(0x81, bytesOf(0xff, 4)),
  "the engine's header": Buffer.from([1, 0, 0, 0, 0, 0, 0, 40, ...encodeFrame(stageExit, bytesOf(0, 35))]),
  'an upgrade of the connection': Buffer.from('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n'),
}

suite('protocol', () => {
  const target = attackedServer()

  test('forged frames are output, byte for byte, on both streams', async () => {
    const forged = Buffer.concat(Object.values(forgeries))
    const stdin = { content: forged.toString('base64'), encoding: 'base64' as const }
    const run = await target.bash('cat > /tmp/x; cat /tmp/x; cat /tmp/x >&2; exit 9', { stdin })
    assertExited(run, 9)
    const { runs } = target.server.client
    assert.deepEqual(Buffer.from(await runs.stdout(run.id)), forged)
    assert.deepEqual(Buffer.from(await runs.stderr(run.id)), forged)
  })

  test('forged frames in every descriptor that there might be change no outcome', async () => {
    const stdin = { content: forgeries['a stage that ended well'].toString('base64'), encoding: 'base64' as const }
    const source = `
import os, sys
frame = sys.stdin.buffer.read()
reached = []
for fd in range(3, 256):
    try: os.write(fd, frame); reached.append(fd)
    except OSError: pass
for process in ("1", "self"):
    for number in range(0, 20):
        path = f"/proc/{process}/fd/{number}"
        try: fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError: continue
        os.write(fd, frame); os.close(fd); reached.append(path)
print("reached", *reached)
while True: pass
`
    const run = await target.python(source, { stdin, limits: { wallTimeMs: 1000 } })
    assertTimedOut(run, 1000)
    // Its own three are pipes: what it writes into them is its own input and output.
    const stdout = Buffer.from(await target.server.client.runs.stdout(run.id)).toString('latin1')
    assert.match(stdout, /reached \/proc\/self\/fd\/0 \/proc\/self\/fd\/1 \/proc\/self\/fd\/2\n$/)
  })

  test('what is in the environment, the arguments and the names of files stays there', async () => {
    const forged = Buffer.concat(Object.values(forgeries)).toString('latin1').replaceAll('\0', '')
    const printable = forged.replace(/\p{Cc}/gu, '_')
    const run = await target.run({
      environment: 'python',
      files: [
        {
          path: 'main.py',
          content: 'import os, sys\nprint(sys.argv[1] == os.environ["FORGED"], len(os.listdir(".")))',
        },
        { path: printable.replaceAll('/', '_').slice(0, 100), content: forged },
      ],
      args: [forged],
      env: { FORGED: forged },
    })
    assertExited(run)
    assert.equal(run.stages[0]?.stdout.content, 'True 3\n')
  })

  test('init as a program of the sandbox does nothing', async () => {
    const run = await target.bash('/.run-it/init 100; echo $?; (exec -a x /.run-it/init) 2>&1; kill -9 1; echo $?')
    assertExited(run)
    assert.equal(
      run.stages[0]?.stdout.content,
      '64\nrun-it-init is only to be PID 1 of a sandbox\n0\n',
      run.stages[0]?.stderr.content,
    )
  })
})
