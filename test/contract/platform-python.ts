import type { Environment } from '../../src/environment/environment.ts'
import { type Behaviour, type ContractPrograms, contractPrograms } from './platform-programs.ts'

/** The suite's programs in Python, for a platform that runs real ones. `candidates` are those of `python`. */
export function pythonPrograms(candidates: readonly Environment[]): ContractPrograms {
  return contractPrograms(candidates, ['python3', '-u'], sources)
}

const sources: Readonly<Record<Behaviour, string>> = {
  hello: 'print("Hello, world!")',
  echoStdin: 'import shutil, sys\nshutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)',
  ask: 'name = input("Name? ")\nprint(f"Hello, {name}!")',
  showTerminal: [
    'import os, signal',
    'def show(*_):',
    '    try: print("{}x{}".format(*os.get_terminal_size()), flush=True)',
    '    except OSError: print("none", flush=True)',
    'signal.signal(signal.SIGWINCH, show)',
    'try:',
    '    show()',
    '    while True: signal.pause()',
    'except KeyboardInterrupt: print("interrupted")',
  ].join('\n'),
  exitThree: 'raise SystemExit(3)',
  dieOfSignal: 'import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\nsignal.pause()',
  writeBoth: 'import sys\nprint("to stdout")\nprint("to stderr", file=sys.stderr)',
  printArguments: 'import sys\nfor argument in sys.argv[1:]: print(argument)',
  printVariable: 'import os\nprint(os.environ["GREETING"])',
  printFolder: 'import os\nprint(os.getcwd())',
  printFile: 'import sys\nsys.stdout.buffer.write(open("data/größe ß.bin", "rb").read())',
  sleepForever: 'import time\nprint("started")\nwhile True: time.sleep(1000)',
  busyLoop: 'print("started")\nwhile True: pass',
  allocate: 'print("started")\nkept = []\nwhile True: kept.append(b"x" * 1048576)',
  largeOutput: [
    'import sys',
    'for _ in range(128): sys.stdout.buffer.write(b"x" * 65536)',
    'print("done", file=sys.stderr)',
  ].join('\n'),
  orphan: [
    'import os, time',
    'if os.fork() == 0:',
    '    os.setsid()',
    '    while True: time.sleep(1000)',
    'print("parent")',
  ].join('\n'),
  manyProcesses: [
    'import os, time',
    'while True:',
    '    try:',
    '        child = os.fork()',
    '    except BlockingIOError:',
    '        break',
    '    if child == 0:',
    '        while True: time.sleep(1000)',
    'print("refused")',
  ].join('\n'),
  fillDisk: [
    'import signal',
    'signal.signal(signal.SIGXFSZ, signal.SIG_IGN)',
    'try:',
    '    with open("zeros", "wb", buffering=0) as file:',
    '        while True: file.write(bytes(65536))',
    'except OSError:',
    '    print("refused")',
  ].join('\n'),
  save: 'open(".out/saved", "w").write("kept")',
  makeFiles: [
    'import os',
    'os.makedirs("out/deep")',
    'for path, text in ("one.txt", "one"), ("out/deep/two.bin", "two"), (".hidden", "three"):',
    '    open(path, "w").write(text)',
  ].join('\n'),
  printSaved: 'print(open(".out/saved").read(), end="")',
}
