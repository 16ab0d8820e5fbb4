import { openSqliteDatabase } from '../../src/store/sqlite/open-sqlite-database.ts'

// A process that has the data directory of its first argument open until it is killed.
const [, , dataDirectory = ''] = process.argv
await openSqliteDatabase({ dataDirectory })
process.stdout.write('open\n')
setInterval(() => {}, 60_000)
