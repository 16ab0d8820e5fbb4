import type { ArtifactInfo, ArtifactOmission } from '../run/artifact.ts'
import type { RunId } from '../run/id.ts'
import type { Database } from './database.ts'

/** An artifact as it is stored. `position` is its place among those of its run. */
export interface StoredArtifact extends ArtifactInfo {
  readonly position: number
}

/** Their run was deleted while they were read. */
export class ArtifactGone extends Error {}

/** The files of finished runs. They come with the end of a run, never change, and go with it. */
export class ArtifactStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async find(runId: RunId, path: string): Promise<StoredArtifact | undefined> {
    const row = await this.#database.rows
      .selectFrom('artifacts')
      .selectAll()
      .where('run_id', '=', runId)
      .where('path', '=', path)
      .executeTakeFirst()
    return row && { path, position: row.position, bytes: row.bytes, mediaType: row.media_type }
  }

  /** The bytes, one piece at a time, each read when it is asked for. Throws `ArtifactGone`. */
  async *read(runId: RunId, artifact: StoredArtifact): AsyncGenerator<Uint8Array, void, undefined> {
    let bytesLeft = artifact.bytes
    for (let piece = 0; bytesLeft > 0; piece++) {
      const row = await this.#database.rows
        .selectFrom('artifact_pieces')
        .select('content')
        .where('run_id', '=', runId)
        .where('position', '=', artifact.position)
        .where('piece', '=', piece)
        .executeTakeFirst()
      if (row === undefined) throw new ArtifactGone(`The run ${runId} was deleted while its artifact was read`)
      bytesLeft -= row.content.length
      yield row.content
    }
  }
}

/** What is known of a run's artifacts, in the order of their paths. Works inside a transaction too. */
export async function readArtifactInfos(
  runId: RunId,
  rows: Database['rows'],
): Promise<{ readonly artifacts: readonly ArtifactInfo[]; readonly omitted: readonly ArtifactOmission[] }> {
  const found = await rows
    .selectFrom('artifacts')
    .select(['path', 'bytes', 'media_type as mediaType'])
    .where('run_id', '=', runId)
    .orderBy('position')
    .execute()
  const missing = await rows
    .selectFrom('artifact_omissions')
    .select('omitted')
    .where('run_id', '=', runId)
    .executeTakeFirst()
  const artifacts = found.map(({ path, bytes, mediaType }) => ({ path, bytes, mediaType }))
  return { artifacts, omitted: missing === undefined ? [] : JSON.parse(missing.omitted) }
}
