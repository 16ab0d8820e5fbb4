"""Runs a command in a pseudo-terminal, and does a step each time that a text was seen: {"see", "type"} or {"see", "size"}.

Takes {"argv", "columns", "rows", "steps", "deadlineSeconds"} as its argument, and prints {"seen", "code", "isRaw"} as JSON.
"""
import fcntl, json, os, pty, select, struct, sys, termios, time

task = json.loads(sys.argv[1])


def resize(columns, rows):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


child, master = pty.fork()
if child == 0:
    # The parent sets the size before anything is started.
    time.sleep(0.2)
    os.execvp(task["argv"][0], task["argv"])
resize(task["columns"], task["rows"])
seen, at, steps = b"", 0, list(task["steps"])
is_raw = False
deadline = time.time() + task["deadlineSeconds"]
while time.time() < deadline:
    if select.select([master], [], [], 0.1)[0]:
        try:
            data = os.read(master, 65536)
        except OSError:
            data = b""
        if not data:
            break
        seen += data
    while steps and steps[0]["see"].encode() in seen[at:]:
        step = steps.pop(0)
        at = seen.index(step["see"].encode(), at) + len(step["see"].encode())
        is_raw = is_raw or not termios.tcgetattr(master)[3] & termios.ICANON
        if "type" in step:
            os.write(master, step["type"].encode())
        if "size" in step:
            resize(*step["size"])
else:
    os.kill(child, 9)
status = os.waitpid(child, 0)[1]
print(json.dumps({"seen": seen.decode(errors="replace"), "code": os.waitstatus_to_exitcode(status), "isRaw": is_raw}))
