local counts, words = {}, {}
for word in io.read("a"):gmatch("%S+") do
  if not counts[word] then
    counts[word] = 0
    table.insert(words, word)
  end
  counts[word] = counts[word] + 1
end

table.sort(words, function(a, b)
  if counts[a] ~= counts[b] then return counts[a] > counts[b] end
  return a < b
end)
for _, word in ipairs(words) do print(counts[word] .. " " .. word) end
