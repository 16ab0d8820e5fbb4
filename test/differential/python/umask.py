import os
print(oct(os.umask(0)))
os.umask(0o22)
open("new", "w").close()
print(oct(os.stat("new").st_mode))
