counts = $stdin.read.split.tally
counts.sort_by { |word, count| [-count, word] }.each { |word, count| puts "#{count} #{word}" }
