import os
os.unlink("main.py")
print(os.listdir("."))
1/0
