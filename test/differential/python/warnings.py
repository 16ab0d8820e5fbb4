import warnings
warnings.warn("careful")
warnings.warn("old", DeprecationWarning)
x = 1
assert (x, "always")
print("a" is "a", "\d")
