import os
print(dict(os.environ))
print(open("/proc/self/environ", "rb").read())
