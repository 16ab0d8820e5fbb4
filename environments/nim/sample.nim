import std/[algorithm, strutils, tables]

var counts: CountTable[string]
for line in stdin.lines:
  for word in line.splitWhitespace:
    counts.inc word

var words: seq[tuple[rank: int, word: string]]
for word, count in counts:
  words.add (-count, word)
for (rank, word) in words.sorted:
  echo -rank, " ", word
