import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { repository } from './support/source-files.ts'

const pages = globSync(['*.md', 'docs/**/*.md', 'environments/**/*.md', 'init/**/*.md', 'sdk/*.md'], {
  cwd: repository,
})

/** What a page says, without its blocks of code. */
function prose(page: string): string {
  return readFileSync(join(repository, page), 'utf8').replaceAll(/^```.*?^```/gms, '')
}

/** As GitHub makes them: lower case, spaces to hyphens, punctuation gone. */
function anchors(page: string): readonly string[] {
  const headings = prose(page).matchAll(/^#+ +(.+)$/gm)
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test('links between pages lead somewhere', () => {
  assert.ok(pages.includes('README.md') && pages.length > 8, pages.join(', '))
  const broken: string[] = []
  for (const page of pages) {
    for (const [, link = ''] of prose(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : join(dirname(page), path)
      if (!existsSync(join(repository, target))) broken.push(`${page}: ${link}`)
      else if (anchor && target.endsWith('.md') && !anchors(target).includes(anchor)) broken.push(`${page}: ${link}`)
    }
  }
  assert.deepEqual(broken, [])
})

test('files that pages speak of exist', () => {
  const missing: string[] = []
  for (const page of pages) {
    for (const [, path = ''] of prose(page).matchAll(
      /`((?:src|docs|scripts|test|init|environments|sdk)\/[\w./-]+)`/g,
    )) {
      // What is built is not in the repository, and NAME stands for a name.
      const isExpected = !/^(init\/build|sdk\/dist)\b/.test(path) && !path.includes('NAME')
      if (isExpected && !existsSync(join(repository, path))) missing.push(`${page}: ${path}`)
    }
  }
  assert.deepEqual(missing, [])
})

test('npm scripts that pages speak of exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { scripts: object }
  for (const page of pages) {
    const text = readFileSync(join(repository, page), 'utf8')
    for (const [, name = ''] of text.matchAll(/npm run ([\w:-]+)/g))
      assert.ok(name in scripts, `${page}: npm run ${name}`)
  }
})
