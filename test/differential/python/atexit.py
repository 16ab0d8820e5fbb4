import atexit
atexit.register(print, "at exit", 1)
print("main")
raise KeyError("x")
