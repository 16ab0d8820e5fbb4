:stdio
|> IO.stream(:line)
|> Enum.flat_map(&String.split/1)
|> Enum.frequencies()
|> Enum.sort_by(fn {word, count} -> {-count, word} end)
|> Enum.each(fn {word, count} -> IO.puts("#{count} #{word}") end)
