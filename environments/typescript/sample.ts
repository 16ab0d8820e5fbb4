import { readFileSync } from 'node:fs'

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const word of text.split(/\s+/).filter(Boolean)) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

const counts = countWords(readFileSync(0, 'utf8'))
const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
for (const [word, count] of sorted) console.log(`${count} ${word}`)
