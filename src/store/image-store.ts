import type { Selectable } from 'kysely'
import type { Database } from './database.ts'
import type { ImagesTable } from './installation-tables.ts'

/** Of images that nobody used for so long, and that we do not answer for, nothing needs to be known. */
const forgottenAfterMs = 365 * 24 * 60 * 60 * 1000

/** An image that runs used on one engine. */
export interface UsedImage {
  /** Which engine has it. */
  readonly engineId: string
  /** What the engine calls it. */
  readonly reference: string
  readonly name: string
  readonly version: string
  readonly digest: string
  /** How it came there, where that was our doing: only such an image is ours to remove. */
  readonly origin?: 'pulled' | 'built'
  /** What it shares with others included. */
  readonly sizeBytes: number
  readonly lastUsedAt: Date
}

/** Which images are used, and which of them this installation brought there. */
export class ImageStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** An origin, once known, stays. */
  async use(image: UsedImage): Promise<void> {
    const row = imageRow(image)
    const { origin, engine_id: _, reference: __, ...changes } = row
    await this.#database.transaction(
      async ({ rows }) => {
        await rows
          .insertInto('images')
          .values(row)
          .onConflict(conflict =>
            conflict
              .columns(['engine_id', 'reference'])
              .doUpdateSet({ ...changes, ...(origin !== null && { origin }) }),
          )
          .execute()
        const forgottenAt = image.lastUsedAt.getTime() - forgottenAfterMs
        await rows.deleteFrom('images').where('origin', 'is', null).where('last_used_at', '<', forgottenAt).execute()
      },
      // It will be used again, and said again.
      { durable: image.origin !== undefined },
    )
  }

  /** The least recently used first. Bounded by what engines hold. */
  async list(): Promise<readonly UsedImage[]> {
    const found = await this.#database.rows.selectFrom('images').selectAll().orderBy('last_used_at').execute()
    return found.map(imageFromRow)
  }

  async remove({ engineId, reference }: Pick<UsedImage, 'engineId' | 'reference'>): Promise<void> {
    await this.#database.rows
      .deleteFrom('images')
      .where('engine_id', '=', engineId)
      .where('reference', '=', reference)
      .execute()
  }
}

function imageRow(image: UsedImage): Selectable<ImagesTable> {
  return {
    engine_id: image.engineId,
    reference: image.reference,
    name: image.name,
    version: image.version,
    digest: image.digest,
    origin: image.origin ?? null,
    size_bytes: image.sizeBytes,
    last_used_at: image.lastUsedAt.getTime(),
  }
}

function imageFromRow(row: Selectable<ImagesTable>): UsedImage {
  return {
    engineId: row.engine_id,
    reference: row.reference,
    name: row.name,
    version: row.version,
    digest: row.digest,
    ...(row.origin !== null && { origin: row.origin }),
    sizeBytes: row.size_bytes,
    lastUsedAt: new Date(row.last_used_at),
  }
}
