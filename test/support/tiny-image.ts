import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type Docker from 'dockerode'
import { readEngineMessages } from '../../src/platform/docker/engine-messages.ts'
import { tarball } from '../../src/platform/docker/tarball.ts'

/** The language of tiny images: a program is printed. */
const interpreter = `
#include <stdio.h>
int main(int argc, char **argv) {
  FILE *file = fopen(argc > 1 ? argv[1] : "/marker", "r");
  if (!file) return 1;
  for (int c; (c = getc(file)) != EOF;) putchar(c);
  return 0;
}`

let interpreterBytes: Promise<Buffer> | undefined

/** What an environment of such an image has beside its image and versions. */
export const tinyRecipe = 'extensions: [.tiny]\nmain: main.tiny\nrun: [/interpret, "{main}"]\n'

/** An image of one static program, in which `/interpret FILE` prints the file and `/interpret` its marker. */
export async function tinyImage(
  docker: Docker,
  reference: string,
  options: { readonly marker: string; readonly paddingBytes: number },
): Promise<Docker.Image> {
  interpreterBytes ??= compile()
  const archive = tarball([
    { name: 'interpret', mode: 0o755, bytes: await interpreterBytes },
    { name: 'marker', mode: 0o644, bytes: Buffer.from(options.marker) },
    // Nothing that could be packed smaller.
    { name: 'padding', mode: 0o644, bytes: randomBytes(options.paddingBytes) },
  ])
  const at = reference.lastIndexOf(':')
  const query = { repo: reference.slice(0, at), tag: reference.slice(at + 1), fromSrc: '-' }
  const stream = await docker.importImage(archive, { _query: query } as object)
  await readToEnd(stream as unknown as NodeJS.ReadableStream)
  return docker.getImage(reference)
}

/** Pushes it, and answers the digest that the registry gave. */
export async function pushed(
  image: Docker.Image,
  authconfig: { readonly username: string; readonly password: string } | undefined,
): Promise<string> {
  await readToEnd(await image.push({ authconfig: authconfig ?? { username: '', password: '' } }))
  const { RepoDigests } = await image.inspect()
  const digest = RepoDigests.map(name => name.split('@')[1]).at(-1)
  if (digest === undefined) throw new Error('it was pushed and has no digest')
  return digest
}

async function readToEnd(stream: NodeJS.ReadableStream): Promise<void> {
  for await (const message of readEngineMessages(stream)) {
    if (message.error !== undefined) throw new Error(message.error)
  }
}

async function compile(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'run-it-tiny-'))
  try {
    await writeFile(join(folder, 'interpret.c'), interpreter)
    await promisify(execFile)('gcc', ['-static', '-Os', '-s', '-o', 'interpret', 'interpret.c'], { cwd: folder })
    return await readFile(join(folder, 'interpret'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
