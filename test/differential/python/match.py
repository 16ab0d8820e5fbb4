match [1, 2, 3]:
    case [a, *rest]: print(a, rest)
