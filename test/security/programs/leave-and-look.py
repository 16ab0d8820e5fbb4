"""Leaves whatever could be found by the next test (`leave`), looks for all of it (`look`), or one after the other (`both`)."""
import ctypes, os, signal, socket, stat, subprocess, sys, time

libc = ctypes.CDLL(None, use_errno=True)
CREATE, KEY, KEYS = 0o1000, 0x5EED, range(0x5EED, 0x5EF5)
ROOTS = ("/code", "/tmp", "/dev/shm")
# Put together, so that this file is not what is found.
SECRET = ("EXPECTED" + "-OUTPUT").encode()


def attempt(act):
    """What is refused leaves nothing either."""
    try:
        return act()
    except (OSError, subprocess.SubprocessError):
        return None


def queue(name, flags):
    libc.mq_open.restype = ctypes.c_int
    return libc.mq_open(name, flags, 0o600, None)


def leave_files(root):
    open(f"{root}/.mark", "w").write("mark")
    folder = f"{root}/.deep"
    for _ in range(8):
        os.mkdir(folder)
        folder += "/d"
    os.mkdir(folder)
    open(f"{folder}/mark", "w").write("mark")
    os.symlink("/etc", f"{root}/link")
    os.mkfifo(f"{root}/pipe")
    open(f"{root}/shut", "w").write("mark")
    os.link(f"{root}/shut", f"{root}/hard")
    os.chmod(f"{root}/shut", 0)
    attempt(lambda: os.setxattr(root, "user.mark", b"mark"))
    attempt(lambda: os.setxattr(f"{root}/.mark", "user.mark", b"mark"))
    attempt(lambda: subprocess.run(["setfacl", "-d", "-m", "u:1:rwx", root], capture_output=True))


def leave_ipc():
    for key in KEYS:
        segment = libc.shmget(key, 4096, CREATE | 0o600)
        libc.semget(key, 3, CREATE | 0o600)
        libc.msgget(key, CREATE | 0o600)
    libc.shmat.restype = ctypes.c_void_p
    at = libc.shmat(segment, None, 0)
    if at not in (None, ctypes.c_void_p(-1).value):
        ctypes.memmove(at, b"mark", 4)
    libc.shmget(0, 4096, CREATE | 0o600)
    for name in (b"/mark", b"/.mark"):
        queue(name, os.O_CREAT | os.O_RDWR)


def listeners():
    tcp = socket.socket()
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind(("127.0.0.1", 4242))
    udp = socket.socket(type=socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 4242))
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind("\0mark")
    named = socket.socket(socket.AF_UNIX)
    named.bind("/tmp/socket")
    for listener in (tcp, abstract, named):
        listener.listen()
    return tcp, udp, abstract, named


def daemon(held, pipe):
    """Twice forked, a session of its own, deaf to what it may be deaf to, and writing marks for ever."""
    if os.fork() > 0:
        return
    os.setsid()
    if os.fork() > 0:
        os._exit(0)
    for number in range(1, 65):
        attempt(lambda: signal.signal(number, signal.SIG_IGN))
    for fd in (0, 1, 2):
        os.close(fd)
    os.write(pipe, b"up")
    while True:
        for root in ROOTS:
            attempt(lambda: open(f"{root}/.again", "w").close())
        attempt(lambda: libc.shmget(KEY, 4096, CREATE | 0o600))


def leave():
    for root in ROOTS:
        leave_files(root)
    open("/code/main.py", "w").write("print('nothing')\nprint('changed')\n")
    os.makedirs("/code/.out", exist_ok=True)
    for name in ("main", "main.pyc", "sitecustomize.py"):
        open(f"/code/.out/{name}", "w").write("print('changed')")
    os.link("/code/main.py", "/code/.out/hard")
    os.makedirs("/code/__pycache__")
    open("/code/socket.py", "w").write("print('changed')")
    leave_ipc()
    reader, writer = os.pipe()
    for _ in range(3):
        daemon(listeners() if _ == 0 else None, writer)
    for _ in range(3):
        os.read(reader, 2)
    for root in ROOTS:
        os.utime(root, (1, 1))
        os.chmod(root, 0)
    print("left", flush=True)


def walk(root):
    """Every path below, and what could not be looked into."""
    for folder, folders, files in os.walk(root, onerror=lambda error: print("shut", error.filename) if root in ROOTS else None):
        for name in folders + files:
            yield os.path.join(folder, name)


def look_files():
    known = {"/code/main.py", "/code/.out", *sys.argv[2:]}
    for root in ROOTS:
        status = os.stat(root)
        if stat.S_IMODE(status.st_mode) not in (0o755, 0o1777, 0o700) or status.st_mtime < 1000:
            print("changed", root, oct(status.st_mode), status.st_mtime)
        for path in walk(root):
            if path not in known:
                print("found", path)
        for path in (root, *walk(root)):
            for name in attempt(lambda: os.listxattr(path, follow_symlinks=False)) or []:
                if not name.startswith(("security.", "trusted.")):
                    print("attribute", path, name)
    if os.stat("/code/main.py").st_nlink != 1:
        print("hard link")


def look_ipc():
    for kind in ("shm", "sem", "msg"):
        for line in (attempt(lambda: open(f"/proc/sysvipc/{kind}").readlines()) or [])[1:]:
            print(kind, line)
    for key in KEYS:
        for name, id in (("shm", libc.shmget(key, 0, 0)), ("sem", libc.semget(key, 0, 0)), ("msg", libc.msgget(key, 0))):
            if id != -1:
                print(name, "key", hex(key))
    for name in (b"/mark", b"/.mark"):
        if queue(name, os.O_RDONLY) != -1:
            print("queue", name)
    for name in attempt(lambda: os.listdir("/dev/mqueue")) or []:
        print("queue", name)


def look_sockets():
    for family, kind, address in (
        (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 4242)),
        (socket.AF_UNIX, socket.SOCK_STREAM, "\0mark"),
        (socket.AF_UNIX, socket.SOCK_STREAM, "/tmp/socket"),
    ):
        with socket.socket(family, kind) as end:
            if attempt(lambda: end.connect(address) is None):
                print("listener", repr(address))
    with socket.socket(type=socket.SOCK_DGRAM) as end:
        if attempt(lambda: end.bind(("127.0.0.1", 4242)) is None) is None:
            print("listener of datagrams")
    if "mark" in (attempt(lambda: open("/proc/net/unix").read()) or ""):
        print("abstract")


def look_processes():
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in (1, os.getpid()):
            print("process", name)
    for fd in range(3, 1024):
        if attempt(lambda: os.fstat(fd)):
            print("descriptor", fd)


def look_expected():
    """Everywhere that can be read, but where only this program is."""
    places = [path for root in ROOTS for path in walk(root)]
    for process in ("1", "self"):
        places += [f"/proc/{process}/{name}" for name in ("environ", "cmdline", "comm", "maps", "mountinfo", "mem", "auxv")]
        places += [f"/proc/{process}/fd/{name}" for name in attempt(lambda: os.listdir(f"/proc/{process}/fd")) or [] if name not in "012"]
    places += ["/run", "/.run-it", "/etc/hosts"]
    for path in places + [path for root in ("/run", "/.run-it", "/var/tmp", "/var/lib/docker") for path in walk(root)]:
        if os.path.isfile(path) and SECRET in (attempt(lambda: open(path, "rb").read(1 << 26)) or b""):
            print("expected in", path)
    if any(SECRET.decode() in text for text in (*sys.argv, *os.environ, *os.environ.values(), sys.stdin.read())):
        print("expected in what was given")


if sys.argv[1] != "look":
    leave()
if sys.argv[1] == "both":
    for root in ROOTS:
        os.chmod(root, 0o711)
    open("/tmp/expected", "wb").write(SECRET)
if sys.argv[1] != "leave":
    look_processes()
    look_files()
    look_ipc()
    look_sockets()
    look_expected()
    print("nothing")
