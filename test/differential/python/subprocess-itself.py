import subprocess, sys
if len(sys.argv) == 1: print(subprocess.run([sys.executable, __file__, "again"], capture_output=True, text=True).stdout)
else: print("second", sys.argv)
