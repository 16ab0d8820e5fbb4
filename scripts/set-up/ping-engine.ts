// Does a Docker Engine answer at this socket? `node ping-engine.ts PATH DEADLINE_MS`; exits 0 if so, 13 if this user may not
// ask (EACCES), 1 otherwise.
import { request } from 'node:http'

const [socketPath = '', deadlineMs = '5000'] = process.argv.slice(2)
const ping = request({ socketPath, path: '/_ping', signal: AbortSignal.timeout(Number(deadlineMs)) })
ping.on('response', response => process.exit(response.statusCode === 200 ? 0 : 1))
ping.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EACCES' ? 13 : 1))
ping.end()
