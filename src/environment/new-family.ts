import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Catalogue } from './catalogue.ts'
import type { Family, Recipe } from './environment.ts'
import { InvalidFamily } from './invalid-family.ts'
import { namePattern, readFamily } from './read-family.ts'

export interface NewFamily {
  readonly name: string
  /** `python:3.13-slim`. */
  readonly image: string
  /** The family whose way to compile and run is taken over. Default: the one of the same image, else a shell's. */
  readonly like?: string
  /** Whether to begin with a Dockerfile on the image, to add to. */
  readonly dockerfile: boolean
}

export interface WrittenFamily {
  readonly folder: string
  /** The name of its self-test. */
  readonly hello: string
  /** It has a Dockerfile. */
  readonly isBuilt: boolean
}

/** What of a family is the same whatever it is called. */
type Manner = Pick<Family, 'extensions' | 'main' | 'recipe'> & { readonly hello: string }

const imagePattern = /^[a-z0-9][a-z0-9._-]*(?::\d{1,5}(?=\/))?[a-z0-9._/-]*(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$/
/** A version with what may stand behind it: `3.13-slim`. */
const versionedTag = /^(\d+(?:\.\d+)*)(.*)$/

const shell: Manner = {
  extensions: ['.sh'],
  main: 'main.sh',
  recipe: { run: ['sh', '{main}'], env: {} },
  hello: "echo 'Hello, world!'\n",
}

/**
 * Writes a folder for a new environment, with all that it needs to work, and answers where. Rejects with `InvalidFamily` where
 * something stands against it; nothing is left of it then.
 */
export async function writeNewFamily(folder: string, family: NewFamily, catalogue: Catalogue): Promise<WrittenFamily> {
  const { name, image } = family
  const taken = catalogue.find(name)
  if (taken !== undefined) throw new InvalidFamily(name, `${taken.name} is an environment already; choose another name`)
  if (!imagePattern.test(image)) {
    throw new InvalidFamily(image, 'this is no image; write one such as python:3.13-slim')
  }
  // Before it becomes a path.
  if (!namePattern.test(name)) throw new InvalidFamily(name, 'a name has at most 40 small letters, digits and "-"')
  const manner = await mannerOf(family, catalogue)
  const place = join(folder, name)
  await mkdir(folder, { recursive: true })
  await mkdir(place).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'EEXIST' ? 'is there already; choose another name, or remove it' : cause.message
    throw new InvalidFamily(place, why, { cause })
  })
  try {
    for (const [file, text] of Object.entries(filesOf(family, manner))) await writeFile(join(place, file), text)
    const { extensions, image } = await readFamily(place)
    return { folder: place, hello: `hello${extensions[0]}`, isBuilt: image === undefined }
  } catch (error) {
    await rm(place, { recursive: true, force: true })
    throw error
  }
}

async function mannerOf({ image, like }: NewFamily, catalogue: Catalogue): Promise<Manner> {
  const family = like === undefined ? familyOfImage(image, catalogue) : catalogue.familyOf(like)
  if (family === undefined) return shell
  const hello = await readFile(join(family.folder, `hello${family.extensions[0]}`), 'utf8')
  return { ...family, hello }
}

/** `mirror.example/library/python:3.13` is Python's image as well. */
function familyOfImage(image: string, catalogue: Catalogue): Family | undefined {
  const repository = lastPart(image)
  return catalogue.families().find(family => family.image !== undefined && lastPart(family.image) === repository)
}

function lastPart(image: string): string {
  return image.slice(image.lastIndexOf('/') + 1).replace(/:.*$/s, '')
}

function filesOf(family: NewFamily, { extensions, main, recipe, hello }: Manner): Record<string, string> {
  const colon = family.image.indexOf(':', family.image.lastIndexOf('/') + 1)
  const [repository, tag] =
    colon < 0 ? [family.image, ''] : [family.image.slice(0, colon), family.image.slice(colon + 1)]
  const version = versionedTag.exec(tag)
  // What has no version in its tag cannot be asked for by one.
  const isBuilt = family.dockerfile || version === null
  const source = isBuilt
    ? '# The Dockerfile beside this file is built when its image is not there; another one in it is another image.\nbuild: { version: "1.0.0" }\n'
    : `image: ${quoted(`${repository}:{version}${version[2]}`)}\nversions: [${quoted(version[1] ?? '')}]\n`
  const lines = [
    `title: ${quoted(family.name)}`,
    `extensions: ${list(extensions)}`,
    `main: ${quoted(main)}`,
    '',
    source,
    recipe.compile === undefined ? undefined : `compile: ${list(recipe.compile)}`,
    `run: ${list(recipe.run)}`,
    ...variables(recipe),
  ]
  return {
    'environment.yaml': `${lines.filter(line => line !== undefined).join('\n')}\n`,
    [`hello${extensions[0]}`]: hello,
    ...(isBuilt && {
      Dockerfile: `FROM ${family.image}\n# RUN what else is to be in it, such as: pip install numpy\n`,
    }),
  }
}

function variables({ env }: Recipe): readonly string[] {
  const entries = Object.entries(env)
  return entries.length === 0 ? [] : ['env:', ...entries.map(([name, value]) => `  ${name}: ${quoted(value)}`)]
}

/** What JSON writes, YAML reads. */
function quoted(text: string): string {
  return JSON.stringify(text)
}

function list(values: readonly string[]): string {
  return `[${values.map(quoted).join(', ')}]`
}
