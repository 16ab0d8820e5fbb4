import os, sys
if len(sys.argv) == 1:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "main.py", "x"])
print("after exec", sys.argv)
