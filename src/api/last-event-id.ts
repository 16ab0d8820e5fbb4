import { Problem } from '../run/problem.ts'

/** The sequence number after which a follower wants to go on; 0 without the header. Throws `invalid-request`. */
export function lastEventId(header: string | string[] | undefined): number {
  if (header === undefined) {
    return 0
  }
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) {
    throw new Problem('invalid-request', 'Last-Event-ID must be the id of an event of this stream.')
  }
  return Number(header)
}
