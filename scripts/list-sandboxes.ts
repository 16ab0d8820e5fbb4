// Prints the ids of all sandboxes that the engine has, on one line.
//
//   node scripts/list-sandboxes.ts
//   node scripts/list-sandboxes.ts --gone-within SECONDS "ID ID …"
//
// The second form prints nothing, waits until there are no sandboxes but the given ones, and fails if there still are in the end.
import { setTimeout as sleep } from 'node:timers/promises'
import Docker from 'dockerode'
import { labels } from '../src/platform/docker/sandbox-config.ts'

const docker = new Docker()

async function listSandboxes(): Promise<readonly Docker.ContainerInfo[]> {
  return await docker.listContainers({ all: true, filters: { label: [labels.installation] } })
}

async function waitUntilGone(seconds: number, known: ReadonlySet<string>): Promise<readonly Docker.ContainerInfo[]> {
  const deadlineMs = Date.now() + seconds * 1000
  for (;;) {
    const left = (await listSandboxes()).filter(({ Id }) => !known.has(Id))
    if (left.length === 0 || Date.now() > deadlineMs) return left
    await sleep(200)
  }
}

const [mode, seconds, known = ''] = process.argv.slice(2)
if (mode === '--gone-within') {
  const left = await waitUntilGone(Number(seconds), new Set(known.split(' ')))
  for (const { Id, Names, Status } of left) {
    process.stderr.write(`run-it: the tests left a sandbox behind: ${Names[0] ?? Id} (${Status})\n`)
  }
  process.exitCode = left.length === 0 ? 0 : 1
} else {
  process.stdout.write((await listSandboxes()).map(({ Id }) => Id).join(' '))
}
