import multiprocessing

def f(q): q.put((__name__, multiprocessing.current_process().name))

if __name__ == "__main__":
    c = multiprocessing.get_context("spawn")
    q = c.SimpleQueue()
    p = c.Process(target=f, args=(q,), name="child")
    p.start()
    print(q.get())
    p.join()
    print(p.exitcode)
