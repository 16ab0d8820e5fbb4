import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

/** Says where to look, and is never used twice. */
export function newWorkerId(): string {
  return `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`
}
