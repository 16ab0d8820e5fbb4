import os
for fd in sorted(os.listdir("/proc/self/fd"), key=int):
    try: print(fd, os.readlink("/proc/self/fd/" + fd).split(":")[0], oct(os.get_inheritable(int(fd))))
    except OSError as error: print(fd, error)
import fcntl
print([fcntl.fcntl(fd, fcntl.F_GETFL) for fd in range(3)])
