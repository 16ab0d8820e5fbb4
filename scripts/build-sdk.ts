// node scripts/build-sdk.ts [FOLDER]: makes the package of the TypeScript client that is published, in sdk/dist or in that folder.
//
// In the repository the client is TypeScript that runs as it is; under node_modules Node does not strip types. So what is published
// is a folder of its own, made from the same sources: npm pack ./sdk/dist
import { execFileSync } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = resolve(process.argv[2] ?? join(root, 'sdk/dist'))

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const tsc = join(root, 'node_modules/.bin/tsc')
execFileSync(tsc, ['-p', join(root, 'sdk/tsconfig.json'), '--outDir', folder], { stdio: 'inherit' })
// The compiler gives the code's imports their new names, and leaves those of declarations as they are.
for (const file of globSync('*.d.ts', { cwd: folder })) {
  const text = readFileSync(join(folder, file), 'utf8')
  writeFileSync(join(folder, file), text.replaceAll(/(from |import\()'(\.\/[^']+)\.ts'/g, "$1'$2.js'"))
}
const { name, version, description, license, type, engines } = JSON.parse(
  readFileSync(join(root, 'sdk/package.json'), 'utf8'),
)
const exports = { '.': { types: './client.d.ts', default: './client.js' } }
const manifest = { name, version, description, license, type, engines, sideEffects: false, exports }
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
copyFileSync(join(root, 'sdk/README.md'), join(folder, 'README.md'))
copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
