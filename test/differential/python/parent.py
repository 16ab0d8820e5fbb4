import os
print(os.getppid(), os.getpgid(0) == os.getpid(), os.getsid(0) == os.getpid(), os.nice(0), os.sched_getscheduler(0))
try: print(os.ctermid(), os.open("/dev/tty", os.O_RDWR))
except OSError as error: print(error)
