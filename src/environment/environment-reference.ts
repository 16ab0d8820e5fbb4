import { Problem } from '../run/problem.ts'

/** The request `python@^3.11`, taken apart and not yet looked up. */
export interface EnvironmentReference {
  readonly name: string
  /** What stood after the `@`. */
  readonly version?: string
}

/** Longer than any real one, and short enough to be compared with every name that there is. */
const maximumLength = 100
const namePattern = /^[A-Za-z][A-Za-z0-9+#._-]*$/
/** Versions and ranges. No space: `>=3.10,<3.13` has a comma in its place. */
const versionPattern = /^[A-Za-z0-9._*^~<>=,-]+$/

export function parseEnvironmentReference(request: string): EnvironmentReference {
  if (request === '') throw malformed('is empty')
  if (request.length > maximumLength) throw malformed(`is longer than ${maximumLength} characters`)
  const at = request.indexOf('@')
  const name = at < 0 ? request : request.slice(0, at)
  if (!namePattern.test(name)) throw malformed('must begin with the name of an environment, such as "python"', request)
  if (at < 0) return { name }
  const version = request.slice(at + 1)
  if (version === '') throw malformed('has an "@" but no version after it', request)
  if (!versionPattern.test(version)) throw malformed('has characters after the "@" that no version has', request)
  return { name, version }
}

/** JSON makes control characters visible, and harmless in a log. */
function malformed(what: string, request?: string): Problem {
  const quoted = request === undefined ? 'The environment' : `The environment ${JSON.stringify(request)}`
  const detail = `${quoted} ${what}; write NAME, NAME@VERSION or NAME@RANGE.`
  return new Problem('invalid-request', detail, { errors: [{ pointer: '/environment', detail }] })
}
