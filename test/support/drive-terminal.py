"""Runs a command in a pseudo-terminal, and does a step each time that a text was seen: {"see", "type"}, {"see", "size"}, or
{"see", "signal"} with the "pid" of another than the command.

Takes {"argv", "columns", "rows", "steps", "deadlineSeconds"} as its argument, and prints {"seen", "code", "isRaw", "isGivenBack"}
as JSON: whether the terminal was raw at a step, and whether it is in the end as it was before.
"""
import fcntl, json, os, pty, select, signal, struct, sys, termios, time

task = json.loads(sys.argv[1])


def resize(columns, rows):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


child, master = pty.fork()
if child == 0:
    # The parent sets the size before anything is started.
    time.sleep(0.2)
    os.execvp(task["argv"][0], task["argv"])
resize(task["columns"], task["rows"])
before = termios.tcgetattr(master)
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
        if "signal" in step:
            os.kill(step.get("pid", child), signal.Signals[step["signal"]])
else:
    os.kill(child, 9)
status = os.waitpid(child, 0)[1]
result = {"seen": seen.decode(errors="replace"), "code": os.waitstatus_to_exitcode(status), "isRaw": is_raw}
print(json.dumps({**result, "isGivenBack": termios.tcgetattr(master) == before}))
