import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { matchesAnyGlob, parseGlob } from './glob.ts'

const plenty = () => ({ stepsLeft: 1_000_000 })

function matches(pattern: string, path: string): boolean {
  const glob = parseGlob(pattern)
  if ('fault' in glob) throw new Error(`${pattern} ${glob.fault}`)
  return matchesAnyGlob([glob], path, plenty())
}

const cases: readonly (readonly [pattern: string, matched: readonly string[], others: readonly string[]])[] = [
  ['plot.png', ['plot.png'], ['a/plot.png', 'plot.pngx', 'plotxpng']],
  ['./plot.png', ['plot.png'], ['./plot.png']],
  ['*.png', ['plot.png', 'ä.png'], ['.png', 'a/plot.png', 'plot.PNG', '.hidden.png']],
  ['out/**', ['out/a', 'out/b/c.txt'], ['out', 'other/a', 'out/.hidden', 'out/.git/x']],
  ['**', ['a', 'a/b/c'], ['.a', 'a/.b', '.out/main', 'a/.b/c']],
  ['**/*.csv', ['a.csv', 'a/b/c.csv'], ['.a/b.csv', 'a/.csv']],
  ['**/data/**/x', ['data/x', 'a/data/b/c/x', 'data/data/x'], ['x', 'data', 'a/x/data', 'data/.h/x']],
  ['.out/*', ['.out/main'], ['.out/.x', 'out/main']],
  ['.*', ['.a'], ['a']],
  ['**/.*', ['.a', 'a/.b'], ['a/b']],
  ['**/a/**/.a', ['a/.a', 'x/a/y/.a'], ['a/.b/.a', '.x/a/.a']],
  ['?.txt', ['a.txt', '😀.txt'], ['.txt', 'ab.txt']],
  ['[a-c!]x', ['ax', 'cx', '!x'], ['dx', 'x']],
  ['[!a-c]x', ['dx', '-x'], ['ax', '.x', 'x']],
  ['[]a]x', [']x', 'ax'], ['x']],
  ['a[b', ['a[b'], ['ab']],
  ['*.{png,svg}', ['a.png', 'b.svg'], ['a.gif']],
  ['{a,b/{c,d}}/*.t', ['a/x.t', 'b/c/x.t', 'b/d/x.t'], ['b/x.t', 'c/x.t']],
  ['a{b}c', ['a{b}c'], ['abc']],
  ['a{,b}', ['a', 'ab'], ['a{,b}']],
  ['\\*\\{a,b\\}', ['*{a,b}'], ['x{a,b}', '*a']],
  ['a**b', ['ab', 'axxb'], ['a/b']],
  ['*', ['a', '...a'.slice(3)], ['a/b', '.a']],
  ['*a*a*', ['aa', 'xaxax'], ['a', 'xax']],
]

test('a pattern matches what it says, and nothing else', () => {
  for (const [pattern, matched, others] of cases) {
    for (const path of matched) assert.ok(matches(pattern, path), `${pattern} ${path}`)
    for (const path of others) assert.ok(!matches(pattern, path), `${pattern} ${path}`)
  }
})

test('a pattern that makes no sense is refused', () => {
  const bad = ['', '/etc/*', '../x', 'a/../b', 'a//b', 'a/', './', '.', 'a\nb', 'a\0', '\ud800', '!a', '{a,}/b']
  for (const pattern of [...bad, '{a,b}'.repeat(6), `${'{a,'.repeat(40)}b${'}'.repeat(40)}`]) {
    assert.ok('fault' in parseGlob(pattern), pattern)
  }
})

test('it agrees with what Node has, on all but its oddities', () => {
  const part = fc.array(fc.constantFrom('a', 'b', 'c', '*', '?', '.', '[ab]', '[!a]'), { minLength: 1, maxLength: 5 })
  const pattern = fc.array(
    fc.oneof(
      part.map(tokens => tokens.join('')),
      fc.constant('**'),
    ),
    { minLength: 1, maxLength: 5 },
  )
  const path = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', '.'), minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 5,
  })
  fc.assert(
    fc.property(pattern, path, (patternParts, pathParts) => {
      const [glob, name] = [patternParts.join('/'), pathParts.join('/')]
      fc.pre(!patternParts.some(isOdd) && !pathParts.some(part => part.startsWith('.')))
      assert.equal(matches(glob, name), posix.matchesGlob(name, glob), `${glob} ${name}`)
    }),
    { numRuns: 3000 },
  )
})

/** Node lets the part `.` vanish, takes `***` for something else than `*`, and misses `a/.a` for `**\/a/**\/.a`. */
function isOdd(part: string): boolean {
  return part === '.' || part === '..' || (part !== '**' && part.includes('**'))
}

test('the most hostile patterns and names cost no more than they are long, and the budget ends them', () => {
  const hostile: readonly (readonly [string, string])[] = [
    [`${'*a'.repeat(120)}b`, 'a'.repeat(255)],
    [`${'**/'.repeat(80)}b`, Array(500).fill('a').join('/')],
    [`${'**/*a*a/'.repeat(30)}b`, Array(15).fill('a'.repeat(60)).join('/')],
    [`${'?*'.repeat(120)}b`, 'a'.repeat(255)],
  ]
  for (const [pattern, path] of hostile) {
    const glob = parseGlob(pattern)
    assert.ok('alternatives' in glob)
    const budget = plenty()
    assert.equal(matchesAnyGlob([glob], path, budget), false)
    assert.ok(1_000_000 - budget.stepsLeft <= 2 * pattern.length * path.length, pattern)
  }
  const glob = parseGlob('**')
  assert.ok('alternatives' in glob)
  assert.equal(matchesAnyGlob([glob], 'a/b', { stepsLeft: 0 }), false)
})
