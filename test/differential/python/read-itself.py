import os, stat
print(open(__file__).read(), open("main.py", "rb").read().__len__())
s = os.stat(__file__)
print(oct(s.st_mode), s.st_nlink, s.st_size, stat.S_ISREG(s.st_mode))
