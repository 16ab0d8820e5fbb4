/**
 * Patterns for paths: `*` is anything but `/`, `?` one character, `[a-z]` and `[!a-z]` one of these or none of them, `{a,b}` either,
 * a whole part `**` any number of folders, and `\` takes a character as it is. What begins with a dot is matched only by a pattern
 * that has the dot.
 *
 * Not a regular expression, because both sides are a stranger's: with those, a pattern of twenty stars and a name of 255 letters keep a
 * process busy for ever. Here the work is at most the length of the one times that of the other, and it is counted.
 */
type Token =
  | { readonly kind: 'character'; readonly value: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | { readonly kind: 'set'; readonly isNegated: boolean; readonly ranges: readonly (readonly [string, string])[] }

/** `folders` stands for `**`. */
type Part = 'folders' | readonly Token[]

/** A pattern for paths, its braces spelled out. */
export interface Glob {
  readonly alternatives: readonly (readonly Part[])[]
}

/** Braces multiply; nobody has an honest use for more. */
const maxAlternatives = 32

/** Counts down; what would take it below zero is not done. */
export interface GlobBudget {
  stepsLeft: number
}

export function parseGlob(pattern: string): Glob | { readonly fault: string } {
  if (pattern === '') return { fault: 'must not be empty' }
  if (!pattern.isWellFormed()) return { fault: 'must be valid Unicode' }
  if (/\p{Cc}/u.test(pattern)) return { fault: 'must not contain control characters' }
  if (pattern.startsWith('!')) return { fault: 'must not begin with "!": there are no exceptions' }
  const spelledOut = spellOut(pattern)
  if (spelledOut === undefined) return { fault: `has braces for more than ${maxAlternatives} patterns` }
  const alternatives = spelledOut.map(text => text.replace(/^(?:\.\/)+/, '').split('/'))
  for (const parts of alternatives) {
    if (parts.length > 1 && parts[0] === '') return { fault: 'must be relative to the working folder' }
    if (parts.some(part => part === '' || part === '.' || part === '..')) {
      return { fault: 'must not have empty, "." or ".." parts; the files of a folder are "folder/**"' }
    }
  }
  return { alternatives: alternatives.map(parts => parts.map(part => (part === '**' ? 'folders' : tokensOf(part)))) }
}

/** False as well when the budget is used up. */
export function matchesAnyGlob(globs: readonly Glob[], path: string, budget: GlobBudget): boolean {
  const parts = path.split('/').map(part => [...part])
  return globs.some(({ alternatives }) => alternatives.some(pattern => matchesParts(pattern, parts, budget)))
}

/** Each brace in turn, the outermost first. Undefined where that gives too many. */
function spellOut(pattern: string): readonly string[] | undefined {
  let open = [pattern]
  const done: string[] = []
  while (open.length > 0) {
    const next: string[] = []
    for (const text of open) {
      const brace = firstBrace(text)
      if (brace === undefined) done.push(text)
      else next.push(...brace.choices.map(choice => text.slice(0, brace.start) + choice + text.slice(brace.end)))
      if (done.length + next.length > maxAlternatives) return undefined
    }
    open = next
  }
  return done
}

/** The first braces that are closed and have a comma; others stand for themselves. */
function firstBrace(
  text: string,
): { readonly start: number; readonly end: number; readonly choices: string[] } | undefined {
  for (let start = 0; start < text.length; start++) {
    if (text[start] === '\\') start++
    else if (text[start] === '{') {
      const brace = readBrace(text, start)
      if (brace !== undefined) return { start, ...brace }
    }
  }
  return undefined
}

function readBrace(text: string, start: number): { readonly end: number; readonly choices: string[] } | undefined {
  const choices: string[] = []
  let depth = 0
  let from = start + 1
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (character === '\\') at++
    else if (character === '{') depth++
    else if (character === ',' && depth === 1) {
      choices.push(text.slice(from, at))
      from = at + 1
    } else if (character === '}' && --depth === 0) {
      return choices.length === 0 ? undefined : { end: at + 1, choices: [...choices, text.slice(from, at)] }
    }
  }
  return undefined
}

function tokensOf(part: string): readonly Token[] {
  const characters = [...part]
  const tokens: Token[] = []
  for (let at = 0; at < characters.length; at++) {
    const value = characters[at] ?? ''
    if (value === '*') {
      // Several in a row say no more than one.
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' })
    } else if (value === '?') tokens.push({ kind: 'any' })
    else if (value === '\\' && at + 1 < characters.length)
      tokens.push({ kind: 'character', value: characters[++at] ?? '' })
    else {
      const set = value === '[' ? readSet(characters, at) : undefined
      tokens.push(set?.token ?? { kind: 'character', value })
      at = set?.last ?? at
    }
  }
  return tokens
}

/** A set that is not closed is no set. */
function readSet(
  characters: readonly string[],
  start: number,
): { readonly token: Token; readonly last: number } | undefined {
  const first = characters[start + 1]
  const isNegated = first === '!' || first === '^'
  const ranges: [string, string][] = []
  let at = start + (isNegated ? 2 : 1)
  const read = () => (characters[at] === '\\' && at + 1 < characters.length ? characters[++at] : characters[at]) ?? ''
  // A bracket in the first place stands for itself.
  for (let isFirst = true; at < characters.length; at++, isFirst = false) {
    if (characters[at] === ']' && !isFirst) return { token: { kind: 'set', isNegated, ranges }, last: at }
    const low = read()
    const isRange = characters[at + 1] === '-' && characters[at + 2] !== undefined && characters[at + 2] !== ']'
    if (isRange) at += 2
    ranges.push([low, isRange ? read() : low])
  }
  return undefined
}

/** Greedy, with one place to come back to: the last `**` takes one part more. An earlier one could not do better. */
function matchesParts(pattern: readonly Part[], path: readonly (readonly string[])[], budget: GlobBudget): boolean {
  let [at, to] = [0, 0]
  let back: { at: number; to: number } | undefined
  while (to < path.length) {
    if (--budget.stepsLeft < 0) return false
    const part = pattern[at]
    if (part === 'folders') {
      back = { at, to }
      // The last one stands for files too, of which there is one at least.
      if (++at === pattern.length) return path.slice(to).every(isVisible)
    } else if (part !== undefined && matchesPart(part, path[to] ?? [], budget)) {
      at++
      to++
    } else if (back !== undefined && isVisible(path[back.to] ?? [])) {
      to = ++back.to
      at = back.at + 1
    } else return false
  }
  return at === pattern.length
}

function isVisible(part: readonly string[]): boolean {
  return part[0] !== '.'
}

/** The same with `*` and characters. */
function matchesPart(pattern: readonly Token[], text: readonly string[], budget: GlobBudget): boolean {
  const [first] = pattern
  if (!isVisible(text) && !(first?.kind === 'character' && first.value === '.')) return false
  let [at, to] = [0, 0]
  let back: { at: number; to: number } | undefined
  while (to < text.length) {
    if (--budget.stepsLeft < 0) return false
    const token = pattern[at]
    if (token?.kind === 'star') {
      back = { at, to }
      at++
    } else if (token !== undefined && matchesCharacter(token, text[to] ?? '')) {
      at++
      to++
    } else if (back !== undefined) {
      to = ++back.to
      at = back.at + 1
    } else return false
  }
  while (pattern[at]?.kind === 'star') at++
  return at === pattern.length
}

function matchesCharacter(token: Exclude<Token, { kind: 'star' }>, character: string): boolean {
  switch (token.kind) {
    case 'any':
      return true
    case 'character':
      return token.value === character
    case 'set':
      return token.ranges.some(([low, high]) => isBetween(character, low, high)) !== token.isNegated
  }
}

function isBetween(character: string, low: string, high: string): boolean {
  const code = character.codePointAt(0) ?? 0
  return code >= (low.codePointAt(0) ?? 0) && code <= (high.codePointAt(0) ?? 0)
}
