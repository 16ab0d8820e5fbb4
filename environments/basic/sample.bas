dim found$(1), words$(1000), counts(1000)

while (not eof(0))
  line input "" text$
  for i = 1 to token(text$, found$())
    add(found$(i))
  next i
wend

for i = 1 to size
  for j = i + 1 to size
    if (counts(j) > counts(i) or (counts(j) = counts(i) and words$(j) < words$(i))) exchange(i, j)
  next j
  print counts(i), " ", words$(i)
next i
end

sub add(word$)
  local k
  for k = 1 to size
    if (words$(k) = word$) break
  next k
  if (k > size) then
    size = k
    words$(k) = word$
  endif
  counts(k) = counts(k) + 1
end sub

sub exchange(a, b)
  local word$, count
  word$ = words$(a) : words$(a) = words$(b) : words$(b) = word$
  count = counts(a) : counts(a) = counts(b) : counts(b) = count
end sub
