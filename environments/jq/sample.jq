[inputs | splits(" +") | select(. != "")]
| group_by(.)
| map({word: .[0], count: length})
| sort_by(-.count, .word)[]
| "\(.count) \(.word)"
