import pdb
pdb.set_trace()
print("after")
