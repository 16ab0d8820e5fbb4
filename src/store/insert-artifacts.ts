import type { RunArtifacts } from '../run/artifact.ts'
import type { RunId } from '../run/id.ts'
import type { StoreTransaction } from './database.ts'

/** What a reader holds in memory at a time. */
export const pieceBytes = 1024 * 1024

/** In the transaction that ends the run: it has its artifacts when, and only when, it has its result. */
export async function insertArtifacts(
  runId: RunId,
  { artifacts, omitted }: RunArtifacts,
  { rows }: StoreTransaction,
): Promise<void> {
  for (const [position, { path, bytes, mediaType, content }] of artifacts.entries()) {
    await rows.insertInto('artifacts').values({ run_id: runId, path, position, bytes, media_type: mediaType }).execute()
    for (let piece = 0; piece * pieceBytes < content.length; piece++) {
      const from = piece * pieceBytes
      await rows
        .insertInto('artifact_pieces')
        .values({ run_id: runId, position, piece, content: content.subarray(from, from + pieceBytes) })
        .execute()
    }
  }
  if (omitted.length === 0) return
  await rows
    .insertInto('artifact_omissions')
    .values({ run_id: runId, omitted: JSON.stringify(omitted) })
    .execute()
}
