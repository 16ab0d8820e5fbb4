const maxWaitSeconds = 60

/** The `wait` of a `Prefer` header (RFC 7240), at most a minute. What is not understood is ignored, as the RFC wants. */
export function preferredWaitSeconds(header: string | string[] | undefined): number | undefined {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  for (const preference of text.split(',')) {
    const seconds = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;|$)/i.exec(preference)?.[1]
    if (seconds !== undefined && Number(seconds) > 0) {
      return Math.min(Number(seconds), maxWaitSeconds)
    }
  }
  return undefined
}
