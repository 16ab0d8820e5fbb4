import tokenize
with tokenize.open(__file__) as f: print(f.encoding, f.read())
