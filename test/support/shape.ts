import { after } from 'node:test'
import { TestPostgres } from './postgres.ts'

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

async function createDatabase(): Promise<string> {
  cluster ??= TestPostgres.start()
  return await (await cluster).createDatabase()
}
