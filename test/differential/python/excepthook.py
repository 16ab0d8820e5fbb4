import sys
sys.excepthook = lambda *a: print("hook", a[0], file=sys.stderr)
1/0
