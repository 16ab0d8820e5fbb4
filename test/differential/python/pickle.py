import pickle

class A:
    pass

print(pickle.dumps(A()), pickle.loads(pickle.dumps(A())).__class__)
