import { differential } from './differential.ts'

const text = 'eine Zeile ä\nnoch eine\n\nohne Ende'

await differential('python', {
  surroundings: {
    stdin: { stdin: text },
    input: { stdin: text },
    'stdin-binary': { stdin: text },
    pdb: { stdin: 'p __file__\nw\nn\nc\n' },
    'import-sibling': {
      files: { 'helper.py': 'value = 7\n', 'package/__init__.py': '', 'package/inner.py': 'value = __name__\n' },
    },
    'traceback-in-import': { files: { 'sibling.py': 'def f():\n    return undefined\n\nf()\n' } },
    shadowing: {
      files: { 'random.py': 'x = 1\n', 'string.py': 'y = 2\n', 'site.py': '1/0\n', 'encodings.py': '1/0\n' },
    },
    sitecustomize: { files: { 'sitecustomize.py': 'print("site")\n', 'usercustomize.py': 'print("user")\n' } },
    listing: { files: { 'a/b': '1', z: '2', '.hidden': '3' } },
  },
  startedPlainly: ['coding-latin1', 'coding-unknown', 'coding-ascii', 'coding-utf8-short', 'invalid-utf8', 'nul-byte'],
  // The start in ticks of a hundredth of a second since the host's, against the host's time.
  age: [
    'import time',
    'start = int(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19]) / 100',
    'print(time.clock_gettime(time.CLOCK_BOOTTIME) - start)',
  ].join('\n'),
})
