import threading

def f():
    raise OSError("in a thread")

t = threading.Thread(target=f, name="worker")
t.start()
t.join()
print("still here")
