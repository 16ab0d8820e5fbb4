import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { RunItError } from '../../sdk/src/client.ts'
import { answersOf, assertExited, attackedServer, stdoutOf } from './target.ts'

suite('network', () => {
  const target = attackedServer()

  test('nothing but its own loopback can be reached', async () => {
    const source = `
import errno, socket, sys
port = int(sys.argv[1])
places = {
    "metadata": (socket.AF_INET, "169.254.169.254", 80), "server": (socket.AF_INET, "127.0.0.1", port),
    "server-anywhere": (socket.AF_INET, "0.0.0.0", port), "server6": (socket.AF_INET6, "::1", port),
    "engine": (socket.AF_INET, "127.0.0.1", 2375), "bridge": (socket.AF_INET, "172.17.0.1", port),
    "database": (socket.AF_INET, "127.0.0.1", 5432), "private": (socket.AF_INET, "10.0.0.1", 80),
    "resolver": (socket.AF_INET, "8.8.8.8", 53), "world6": (socket.AF_INET6, "2001:4860:4860::8888", 53),
    "mapped": (socket.AF_INET6, "::ffff:169.254.169.254", 80), "link-local6": (socket.AF_INET6, "fe80::1%lo", 80),
}
for name, (family, host, number) in places.items():
    for kind, word in ((socket.SOCK_STREAM, "tcp"), (socket.SOCK_DGRAM, "udp")):
        with socket.socket(family, kind) as line:
            line.settimeout(1)
            try:
                line.connect((host, number)); line.send(b"x"); line.recv(1)
                print(word + "-" + name, "answered")
            except OSError as error: print(word + "-" + name, errno.errorcode.get(error.errno, type(error).__name__))
for name in ("localhost.localdomain", "example.org", "metadata.google.internal", "host.docker.internal"):
    try: print("dns-" + name, socket.getaddrinfo(name, 80)[0][4])
    except OSError as error: print("dns-" + name, type(error).__name__)
print("interfaces", [name for _, name in socket.if_nameindex() if name != "lo" and not name.startswith(("tunl", "gre", "sit", "ip6", "erspan", "ip_vti"))])
print("routes", len(open("/proc/net/route").read().splitlines()) - 1)
`
    const { port } = new URL(target.server.url)
    const run = await target.python(source, { args: [port], limits: { wallTimeMs: 20_000 } })
    assertExited(run)
    const answers = answersOf(run)
    assert.equal(answers.interfaces, '[]')
    assert.equal(answers.routes, '0')
    const reached = Object.entries(answers).filter(
      ([name, answer]) => /^(tcp|udp)-/.test(name) && !/^E[A-Z]+$/.test(answer),
    )
    assert.deepEqual(reached, [])
    const resolved = Object.entries(answers).filter(
      ([name, answer]) => name.startsWith('dns-') && answer !== 'gaierror',
    )
    assert.deepEqual(resolved, [])
    assert.equal(Object.keys(answers).length, 30)
  })

  test("a name that the engine's or another sandbox's socket might have leads nowhere", async () => {
    const listening = `
import socket, time
line = socket.socket(socket.AF_UNIX); line.bind("\\0run-it-attack"); line.listen()
print("listening", flush=True)
line.settimeout(3)
try: print("met", line.accept())
except TimeoutError: print("alone")
`
    const asking = `
import errno, socket
names = {line.split()[7] for line in open("/proc/net/unix").read().splitlines()[1:] if len(line.split()) > 7}
print("names", names)
for name in ("\\0run-it-attack", "\\0/tmp/.X11-unix/X0", "\\0containerd-shim", "/var/run/docker.sock", "/run/containerd/containerd.sock"):
    try: socket.socket(socket.AF_UNIX).connect(name); print(repr(name), "answered")
    except OSError as error: print(repr(name), errno.errorcode[error.errno])
`
    const listener = await target.launch({ environment: 'python', source: listening })
    await target.hasPrinted(listener, 'listening')
    const lines = stdoutOf(await target.python(asking))
      .trimEnd()
      .split('\n')
    assert.equal(lines[0], 'names set()')
    assert.equal(lines.length, 6)
    for (const line of lines.slice(1)) assert.match(line, / (ECONNREFUSED|ENOENT)$/)
    await target.server.client.runs.cancel(listener)
    assert.deepEqual((await target.finished(listener)).outcome, { kind: 'canceled' })
  })

  test('asking for a network is refused', async () => {
    const asked = target.server.client.runs.submit({ environment: 'bash', source: 'true', network: true })
    await assert.rejects(asked, error => error instanceof RunItError && error.problem.code === 'network-not-allowed')
  })
})
