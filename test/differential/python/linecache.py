import linecache
print(linecache.getlines("main.py"), linecache.getline(__file__, 1))
