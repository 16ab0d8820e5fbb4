import assert from 'node:assert/strict'

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly type: string
  readonly help: string
}

/** What somebody at `/metrics` is told. */
export interface Scrape {
  readonly families: ReadonlyMap<string, Family>
  readonly samples: readonly Sample[]
  /** The sum of the samples that have these labels. */
  value(name: string, labels?: Readonly<Record<string, string>>): number
}

const samplePattern = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const labelPattern = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y

/** Reads Prometheus' text format; anything that is not of it fails. */
export function parsePrometheus(text: string): Scrape {
  const families = new Map<string, { type: string; help: string }>()
  const samples: Sample[] = []
  for (const line of text.split('\n').filter(line => line !== '')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/.exec(line) ?? []
    if (keyword === undefined) samples.push(parseSample(line))
    else if (keyword === 'HELP') families.set(name, { type: '', help: rest })
    else if (keyword === 'TYPE') Object.assign(families.get(name) ?? {}, { type: rest })
  }
  const value: Scrape['value'] = (name, labels = {}) =>
    samples
      .filter(sample => sample.name === name && Object.entries(labels).every(([key, is]) => sample.labels[key] === is))
      .reduce((sum, sample) => sum + sample.value, 0)
  return { families, samples, value }
}

function parseSample(line: string): Sample {
  const match = samplePattern.exec(line)
  assert.ok(match, `no sample: ${line}`)
  const [, name = '', inBraces = '', number = ''] = match
  return { name, labels: parseLabels(inBraces), value: number === '+Inf' ? Infinity : Number(number) }
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  labelPattern.lastIndex = 0
  while (labelPattern.lastIndex < text.length) {
    const label = labelPattern.exec(text)
    assert.ok(label, `no labels: ${text}`)
    const [, name = '', escaped = ''] = label
    labels[name] = escaped.replaceAll(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character))
  }
  return labels
}
