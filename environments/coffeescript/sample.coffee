{ readFileSync } = require 'fs'

words = readFileSync(0, 'utf8').split(/\s+/).filter (word) -> word

counts = {}
counts[word] = (counts[word] ? 0) + 1 for word in words

sorted = Object.keys(counts).sort (a, b) -> counts[b] - counts[a] or (if a < b then -1 else 1)
console.log counts[word], word for word in sorted
