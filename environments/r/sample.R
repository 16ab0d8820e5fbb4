lines <- readLines(file("stdin"))
words <- unlist(strsplit(trimws(lines), "\\s+"))

counts <- table(words)
counts <- counts[order(-counts, names(counts))]
cat(paste(counts, names(counts)), sep = "\n")
