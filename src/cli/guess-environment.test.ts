import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Catalogue } from '../environment/catalogue.ts'
import { defaultLimits } from '../run/limits.ts'
import { guessEnvironment } from './guess-environment.ts'

const catalogue = await Catalogue.load([fileURLToPath(new URL('../../environments', import.meta.url))])
const environments = catalogue.families().map(({ name, title, aliases, extensions, main, versions }) => ({
  ...{ name, title, main, ready: [], commands: true, limits: defaultLimits },
  ...{ aliases: [...aliases], extensions: [...extensions], versions: [...versions] },
}))

it('every extension of every environment tells it, in whatever case', () => {
  for (const { name, extensions } of environments) {
    for (const extension of extensions) {
      for (const main of [
        `app/start${extension}`,
        `START${extension.toUpperCase()}`,
        `a.b${extension.toLowerCase()}`,
      ]) {
        assert.equal(guessEnvironment(environments, { main, paths: [main] }), name, main)
      }
    }
  }
})

it('the main file of an environment tells it, among others that do not', () => {
  for (const { name, main } of environments) {
    assert.equal(guessEnvironment(environments, { paths: ['README.md', 'data.json', main] }), name, main)
  }
})

it('what nothing tells is asked for, with all that there are', () => {
  for (const main of ['notes.txt', 'Makefile', '.py', 'a.']) {
    assert.throws(() => guessEnvironment(environments, { main, paths: [main] }), {
      exitCode: 64,
      message: /cannot be guessed: name it with --env, one of ada, algol68, .*, zsh$/,
    })
  }
})
