def counts = System.in.text.tokenize().countBy { it }
counts.sort { a, b -> b.value <=> a.value ?: a.key <=> b.key }
      .each { word, count -> println "$count $word" }
