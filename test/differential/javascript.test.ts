import { differential } from './differential.ts'

const text = 'eine Zeile ä\nnoch eine\n\nohne Ende'
const helper = { 'helper.js': 'module.exports = { value: 7, file: __filename, parent: module.parent.id }\n' }

await differential('javascript', {
  surroundings: {
    stdin: { stdin: text },
    'stdin-sync': { stdin: text },
    readline: { stdin: text },
    'import-esm': {
      files: {
        'other.mjs': 'import fs from "node:fs"\nexport default typeof fs\nexport const url = import.meta.url\n',
      },
    },
    'top-level-await': { files: { 'await.mjs': 'export const value = await Promise.resolve(9)\n' } },
    'unsettled-await': { files: { 'unsettled.mjs': 'await new Promise(() => {})\n' } },
    'require-sibling': {
      files: { ...helper, 'data.json': '{"a": [1, null]}', 'folder/index.js': 'module.exports = __dirname\n' },
    },
    'require-error': { files: { 'broken.js': 'module.exports = \nundefinedName.x\n' } },
    'require-cycle': { files: { 'cycle.js': 'module.exports = { ...require("./main") }\n' } },
    'create-require': { files: helper },
    'package-json': { files: { 'package.json': '{"type": "commonjs"}' } },
    'package-json-module': { files: { 'package.json': '{"type": "module"}' } },
    'package-imports': { files: { 'package.json': '{"imports": {"#inside": "./inside.js"}}', 'inside.js': '' } },
    'node-modules': { files: { 'node_modules/dependency/index.js': 'module.exports = module.paths\n' } },
    'inner-package': {
      files: { 'inner/package.json': '{"main": "start.js"}', 'inner/start.js': 'module.exports = __filename\n' },
    },
    'inner-module': { files: { 'inner/package.json': '{"type": "module"}', 'inner/index.js': 'export default 3\n' } },
    listing: { files: { 'a/b': '1', z: '2', '.hidden': '3' } },
  },
  startedPlainly: ['invalid-utf8', 'nul-byte', 'package-json', 'package-json-module', 'package-imports'],
  // The start in ticks of a hundredth of a second since the host's, against the host's time.
  age: [
    'const read = name => require("fs").readFileSync(name, "utf8")',
    'const start = Number(read("/proc/self/stat").split(") ")[1].split(" ")[19]) / 100',
    'console.log(Number(read("/proc/uptime").split(" ")[0]) - start)',
  ].join('\n'),
})
