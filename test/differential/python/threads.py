import threading
results = []
ts = [threading.Thread(target=lambda i=i: results.append(i * i)) for i in range(20)]
[t.start() for t in ts]
[t.join() for t in ts]
print(sorted(results), threading.main_thread().name, threading.active_count())
