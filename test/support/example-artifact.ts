import type { Artifact } from '../../src/run/artifact.ts'

export function exampleArtifact(path: string, content: string | Uint8Array, mediaType = 'text/plain'): Artifact {
  const bytes = Buffer.from(content)
  return { path, bytes: bytes.length, mediaType, content: bytes }
}

export async function piecesOf(pieces: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return all
}
