import os
print(os.listdir("."), os.listdir("/tmp"), os.getcwd(), os.listdir("/dev/shm"))
for r, d, f in os.walk("/code"): print(r, d, f)
