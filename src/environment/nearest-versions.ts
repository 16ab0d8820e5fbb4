import { coerceVersion } from './version.ts'

const offeredCount = 3

/** Of versions in the order of preference: the nearest in the first number that differs. Without numbers to go by, the first. */
export function nearestVersions(requested: string, known: readonly string[]): readonly string[] {
  const numbers = /\d[\d.]*/.exec(requested)?.[0] ?? ''
  const wanted = coerceVersion(numbers.replace(/\.$/, ''))
  if (!wanted) return known.slice(0, offeredCount)
  const distances = (version: string) => {
    const { major, minor, patch } = coerceVersion(version) ?? wanted
    return [Math.abs(major - wanted.major), Math.abs(minor - wanted.minor), Math.abs(patch - wanted.patch)] as const
  }
  const byDistance = (a: string, b: string) => {
    const [x, y] = [distances(a), distances(b)]
    return x[0] - y[0] || x[1] - y[1] || x[2] - y[2]
  }
  return known.toSorted(byDistance).slice(0, offeredCount)
}
