import random, string
print(random.__file__, string.__file__)
