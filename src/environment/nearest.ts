import { distance } from 'fastest-levenshtein'

/** The words most like one that is unknown, the best first. Words that have nothing in common with it are left out. */
export function nearestWords(word: string, words: Iterable<string>, count: number): readonly string[] {
  const wanted = word.toLowerCase()
  return [...new Set(words)]
    .map(candidate => ({
      candidate,
      distance: distanceOf(wanted, candidate.toLowerCase()),
      edits: distance(wanted, candidate.toLowerCase()),
    }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.ceil(candidate.length / 2)))
    .sort((a, b) => a.distance - b.distance || a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate)
}

/** What was begun or written out too far is near: `pyth` and `python311` both mean `python`. */
function distanceOf(wanted: string, candidate: string): number {
  const isPart =
    Math.min(wanted.length, candidate.length) >= 2 && (candidate.startsWith(wanted) || wanted.startsWith(candidate))
  return isPart ? 1 : distance(wanted, candidate)
}
