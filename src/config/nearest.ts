import { closest, distance } from 'fastest-levenshtein'

/** The name that was probably meant; undefined when none is near enough to be worth a guess. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined
  const simplify = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, '')
  const simple = names.map(simplify)
  const found = closest(simplify(name), simple)
  const isNear = distance(simplify(name), found) <= Math.max(2, Math.floor(name.length / 3))
  return isNear ? names[simple.indexOf(found)] : undefined
}

/** Ends a sentence about an unknown name: `; did you mean "port"?` or nothing. */
export function didYouMean(name: string, names: readonly string[]): string {
  const guess = nearest(name, names)
  return guess === undefined ? '' : `; did you mean "${guess}"?`
}
