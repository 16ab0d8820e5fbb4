import py_compile, os
print(py_compile.compile("main.py", cfile="x.pyc"), os.path.exists("x.pyc"))
