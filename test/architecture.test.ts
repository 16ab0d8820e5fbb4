import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { basename, dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { parseImportTable, type Row } from './support/import-table.ts'
import { readImports } from './support/read-imports.ts'
import { repository, sourceFiles } from './support/source-files.ts'

const rows = parseImportTable(readFileSync(join(repository, 'docs/architecture.md'), 'utf8'))
const maxLines = 300
const forbiddenNames = /^(utils?|helpers?|common|misc|index|types)(\.test)?\.ts$/
/** A client's users look for its types under this name. */
const allowedNames = ['sdk/src/types.ts']

/** `src/platform/docker/engine.ts` → `platform/docker/engine.ts`; `sdk/src/client.ts` → `sdk/client.ts`. */
function partPath(file: string): string | undefined {
  if (file.startsWith('src/')) return file.slice('src/'.length)
  if (file.startsWith('bench/')) return file
  if (file.startsWith('sdk/src/')) return file.replace('sdk/src/', 'sdk/')
  return undefined
}

/** The row with the longest folder that the path is in. */
function rowOf(path: string): Row | undefined {
  const owners = rows.filter(({ folder }) => path === folder || path.startsWith(`${folder}/`))
  return owners.toSorted((a, b) => b.folder.length - a.folder.length)[0]
}

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** Why `file` must not import `specifier`; undefined if it may. */
function offence(file: string, specifier: string): string | undefined {
  const row = rowOf(partPath(file) ?? '')
  if (row === undefined) return `${file} is in no folder of the table`
  if (specifier.startsWith('.') || specifier === '@run-it/sdk') {
    const target = specifier === '@run-it/sdk' ? 'sdk/src/client.ts' : normalize(join(dirname(file), specifier))
    if (target === 'package.json') return undefined
    // A PostgreSQL of its own, as tests have it. Nothing that is shipped may do so, whatever its row says.
    if (row.folder === 'bench' && target.startsWith('test/support/')) return undefined
    const path = partPath(target)
    const owner = path === undefined ? undefined : rowOf(path)
    const isAllowed =
      path !== undefined &&
      (owner === row ||
        row.imports.includes('everything') ||
        row.imports.includes(path) ||
        row.imports.includes(owner?.folder ?? ''))
    return isAllowed ? undefined : `${file} imports ${target}: ${row.folder} may not`
  }
  const isFenced = rows.some(({ packages }) => packages.includes(specifier))
  if (!isFenced && (specifier.startsWith('node:') || builtinModules.includes(specifier))) return undefined
  const name = specifier.startsWith('node:') ? specifier : packageName(specifier)
  return row.packages.includes(name)
    ? undefined
    : `${file} imports ${name}: it is not among the packages of ${row.folder}`
}

test('the import table names folders and files that exist', () => {
  const paths = sourceFiles(['src', 'sdk/src', 'bench']).map(file => partPath(file) ?? '')
  const missing = rows.filter(({ folder }) => !paths.some(path => path === folder || path.startsWith(`${folder}/`)))
  assert.deepEqual(
    missing.map(({ folder }) => folder),
    [],
  )
})

test('imports keep to the table in docs/architecture.md', () => {
  const files = sourceFiles(['src', 'sdk/src', 'bench']).filter(file => !file.endsWith('.test.ts'))
  assert.ok(files.length > 50, `only ${files.length} files were found`)
  const offences = files.flatMap(file =>
    readImports(readFileSync(join(repository, file), 'utf8')).map(specifier => offence(file, specifier)),
  )
  assert.deepEqual(
    offences.filter(text => text !== undefined),
    [],
  )
})

test('the walk over imports notices what is forbidden', () => {
  assert.match(offence('src/run/run.ts', '../store/database.ts') ?? '', /run may not/)
  assert.match(offence('src/api/api.ts', '../worker/worker.ts') ?? '', /api may not/)
  assert.match(offence('src/worker/worker.ts', '../platform/docker/engine.ts') ?? '', /worker may not/)
  assert.match(offence('src/api/api.ts', 'dockerode') ?? '', /not among the packages of api/)
  assert.match(offence('src/queue/queue.ts', 'node:sqlite') ?? '', /not among the packages of queue/)
  assert.match(offence('sdk/src/client.ts', 'fastify') ?? '', /not among the packages of sdk/)
  assert.equal(offence('src/worker/worker.ts', '../platform/platform.ts'), undefined)
  assert.equal(offence('src/cli/run.ts', '@run-it/sdk'), undefined)
})

test('readImports finds every form of import', () => {
  const source = `import 'a'\nimport type { B } from 'b'\nimport {\n  C,\n} from './c.ts'\nexport { D } from 'd'\nawait import('e')\n`
  assert.deepEqual(readImports(source), ['a', 'b', './c.ts', 'd', 'e'])
})

test(`no source file is longer than ${maxLines} lines`, () => {
  const long = sourceFiles(['src', 'sdk/src', 'bench', 'scripts', 'test'])
    .map(file => ({ file, lines: readFileSync(join(repository, file), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > maxLines)
  assert.deepEqual(long, [])
})

test('no source file has a name that says nothing', () => {
  const files = sourceFiles(['src', 'sdk/src', 'bench', 'scripts', 'test'])
  const vague = files.filter(file => forbiddenNames.test(basename(file)) && !allowedNames.includes(file))
  assert.deepEqual(vague, [])
})

test('no source file is a barrel or has a default export', () => {
  for (const file of sourceFiles(['src', 'sdk/src', 'bench'])) {
    const source = readFileSync(join(repository, file), 'utf8')
    assert.doesNotMatch(source, /^export default /m, file)
    // The package's own door is the one file that passes on what others hold.
    if (file !== 'sdk/src/client.ts') assert.doesNotMatch(source, /^export (type )?(\*|\{[^}]*\}) from /m, file)
  }
})
