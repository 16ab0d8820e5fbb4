print(hash(1), hash(2.5), hash(None is None), len({hash(str(i)) for i in range(100)}))
