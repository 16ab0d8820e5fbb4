import inspect

def f():
    # a comment
    return 1

print(inspect.getsource(f), inspect.getsourcelines(f), inspect.getsourcefile(f), inspect.getfile(f))
