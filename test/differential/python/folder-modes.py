import os
for n in [".", ".out", "main.py", "/tmp"]:
    s = os.lstat(n)
    print(n, oct(s.st_mode), s.st_nlink, s.st_size if n == "main.py" else "")
