import subprocess, sys
print(subprocess.run([sys.executable, "-c", "import sys; print(sys.argv, sys.stdin.read())"], capture_output=True, text=True, stdin=subprocess.DEVNULL))
