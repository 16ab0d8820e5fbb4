import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type Scalar, type YAMLMap } from 'yaml'
import { InvalidFamily, readAll } from './invalid-family.ts'
import { nearestWords } from './nearest.ts'

/** A map in a YAML file, read strictly: wrong types and unknown keys are errors that name file, line and column. */
export class YamlMap {
  readonly #file: string
  readonly #lines: LineCounter
  readonly #node: YAMLMap

  private constructor(file: string, lines: LineCounter, node: YAMLMap) {
    this.#file = file
    this.#lines = lines
    this.#node = node
  }

  static parse(file: string, text: string): YamlMap {
    const lines = new LineCounter()
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
    const faults = [...document.errors, ...document.warnings].map(
      fault => `${file}:${positionOf(lines, fault.pos[0])}: ${fault.message}`,
    )
    if (faults.length > 0) throw InvalidFamily.all(faults)
    if (!isMap(document.contents)) throw new InvalidFamily(`${file}:1:1`, 'the file must be a map of keys to values')
    return new YamlMap(file, lines, document.contents)
  }

  /** Refuses every key that is not among these. Keys that must be there are asked for by their readers. */
  refuseUnknownKeys(known: readonly string[]): void {
    const unknown = this.keys().filter(key => !known.includes(key))
    refuseEach(unknown, key => {
      const [nearest] = nearestWords(key, known, 1)
      const hint = nearest === undefined ? `known keys are ${known.join(', ')}` : `did you mean "${nearest}"?`
      this.fail(key, `there is no key "${key}"; ${hint}`)
    })
  }

  keys(): readonly string[] {
    return this.#node.items.map(({ key }) => {
      if (isScalar(key) && typeof key.value === 'string') return key.value
      throw new InvalidFamily(this.#where(key as Node), 'a key must be a string')
    })
  }

  has(key: string): boolean {
    return this.#node.has(key)
  }

  boolean(key: string): boolean {
    const value = this.#value(key)
    if (isScalar(value) && typeof value.value === 'boolean') return value.value
    return this.fail(key, `"${key}" must be true or false`)
  }

  string(key: string): string {
    return this.#string(key, this.#value(key))
  }

  integer(key: string): number {
    const value = this.#value(key)
    if (isScalar(value) && Number.isSafeInteger(value.value)) return value.value as number
    return this.fail(key, `"${key}" must be a whole number`)
  }

  strings(key: string): readonly string[] {
    const value = this.#value(key)
    if (!isSeq(value)) return this.fail(key, `"${key}" must be a list of strings`)
    refuseEach(value.items, item => this.#string(key, item))
    return value.items.map(item => this.#string(key, item))
  }

  /** Says what is wrong with one element of a list, and where. */
  failAt(key: string, index: number, what: string): never {
    const value = this.#value(key)
    const item = isSeq(value) ? value.items[index] : undefined
    throw new InvalidFamily(this.#where(item as Node | undefined, key), what)
  }

  map(key: string): YamlMap {
    const value = this.#value(key)
    if (!isMap(value)) return this.fail(key, `"${key}" must be a map of keys to values`)
    return new YamlMap(this.#file, this.#lines, value)
  }

  /** Says what is wrong with a key's value, and where. */
  fail(key: string, what: string): never {
    const pair = this.#node.items.find(({ key: node }) => isScalar(node) && node.value === key)
    throw new InvalidFamily(this.#where((pair?.key as Node | undefined) ?? this.#node), what)
  }

  #value(key: string): unknown {
    if (!this.#node.has(key)) return this.fail(key, `"${key}" is missing`)
    return this.#node.get(key, true)
  }

  #string(key: string, value: unknown): string {
    if (isScalar(value) && typeof value.value === 'string') return value.value
    const written = isScalar(value) ? (value as Scalar).source : undefined
    const hint = written ? `; put quotes around ${written}` : ''
    throw new InvalidFamily(this.#where(value as Node | undefined, key), `"${key}" takes strings only${hint}`)
  }

  #where(node: Node | undefined, key?: string): string {
    const offset = node?.range?.[0]
    if (offset === undefined && key !== undefined) return this.fail(key, `"${key}" has no value`)
    return `${this.#file}:${positionOf(this.#lines, offset ?? 0)}`
  }
}

/** Calls `refuse` for all of them, which may throw, and throws all that it found. */
export function refuseEach<Item>(items: readonly Item[], refuse: (item: Item, index: number) => void): void {
  readAll(Object.fromEntries(items.map((item, index) => [String(index), () => refuse(item, index)])))
}

function positionOf(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset)
  return `${line || 1}:${col || 1}`
}
