def f(x):
    return g(x + 1)


def g(x):
    raise ValueError("größer als ✓ 日本")


f(1)
