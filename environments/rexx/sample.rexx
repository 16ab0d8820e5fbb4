/* Counts words: words.1 to words.n have been seen, and counts. is by word. */
counts. = 0
n = 0
do while lines() > 0
  parse linein line
  do i = 1 to words(line)
    word = word(line, i)
    if counts.word = 0 then do
      n = n + 1
      words.n = word
    end
    counts.word = counts.word + 1
  end
end

do i = 1 to n
  do j = i + 1 to n
    if comes_first(words.j, words.i) then parse value words.i words.j with words.j words.i
  end
  word = words.i
  say counts.word word
end
exit

comes_first: procedure expose counts.
  parse arg a, b
  if counts.a \= counts.b then return counts.a > counts.b
  return a << b
