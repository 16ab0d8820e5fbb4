{ for (i = 1; i <= NF; i++) counts[$i]++ }

END {
    n = asorti(counts, words, "by_count_and_word")
    for (i = 1; i <= n; i++) print counts[words[i]], words[i]
}

function by_count_and_word(a, m, b, n) {
    if (m != n) return n - m
    return a < b ? -1 : a > b
}
