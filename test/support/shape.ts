import { join } from 'node:path'
import { after } from 'node:test'
import { ask, TestPostgres } from './postgres.ts'

/** Where the servers under test keep their runs: the same tests are run in both shapes. */
export const isShared = process.env.TEST_SHAPE === 'postgres'

/** Short, so that what the dead held comes back soon; long enough for a machine that is busy. */
const leaseMs = 3_000

let cluster: Promise<TestPostgres> | undefined
const databases = new Map<string, Promise<string>>()

if (isShared) {
  after(async () => {
    const started = await cluster
    await started?.[Symbol.asyncDispose]()
  })
}

/** What a server is told besides, so that servers with one data directory share their runs in either shape. */
export async function shapeVariables(dataDirectory: string): Promise<NodeJS.ProcessEnv> {
  if (!isShared) return {}
  const url = databases.get(dataDirectory) ?? createDatabase()
  databases.set(dataDirectory, url)
  return { RUN_IT_DATABASE_URL: await url, RUN_IT_LEASE_MS: String(leaseMs) }
}

/** What is kept, as somebody reads it who has it in his hands. No server has it open, where that matters. */
export async function askKept(dataDirectory: string, query: string): Promise<readonly object[]> {
  const url = await databases.get(dataDirectory)
  if (url !== undefined) return await ask(url, query)
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(join(dataDirectory, 'run-it.db'), { readOnly: true })
  try {
    return database.prepare(query).all()
  } finally {
    database.close()
  }
}

async function createDatabase(): Promise<string> {
  cluster ??= TestPostgres.start()
  return await (await cluster).createDatabase()
}
