import os, signal
os.kill(os.getpid(), signal.SIGINT)
import time
time.sleep(5)
