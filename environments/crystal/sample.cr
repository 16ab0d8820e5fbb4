counts = STDIN.gets_to_end.split.tally
counts.to_a.sort_by { |(word, count)| {-count, word} }.each { |(word, count)| puts "#{count} #{word}" }
