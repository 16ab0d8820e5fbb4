import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { type Metric, metrics, prometheusName } from '../src/telemetry/open-telemetry/metrics.ts'
import { repository } from './support/source-files.ts'

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[]
  readonly templating: { readonly list: readonly { readonly definition?: string }[] }
}

interface AlertRules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string
      readonly expr: string
      readonly annotations: { summary: string }
    }[]
  }[]
}

/** By the name that a query has it under. */
const known = new Map(
  Object.values<Metric>(metrics).flatMap(metric => {
    const name = prometheusName(metric)
    const names = metric.kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
    return names.map(each => [each, metric] as const)
  }),
)
const language = [
  'sum',
  'max',
  'min',
  'by',
  'rate',
  'increase',
  'changes',
  'histogram_quantile',
  'time',
  'label_values',
]
/** Of Prometheus itself, on every series. */
const everywhere = ['job', 'instance', 'le']

interface Query {
  readonly names: readonly string[]
  readonly faults: readonly string[]
}

/** Which metrics a query names, and what in it is neither a metric of ours nor a label of one. */
function readQuery(query: string): Query {
  const matched = [...query.matchAll(/([a-z_:][a-z0-9_:]*)\s*\{([^}]*)\}/gi)]
  const grouped = [...query.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(','))
  const bare = query
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\bby\s*\([^)]*\)/g, '')
    .replaceAll(/, job\)/g, ')')
  const names = (bare.match(/[a-z_:][a-z0-9_:]*/gi) ?? []).filter(word => !language.includes(word))
  const labelsOf = (name: string) => [...everywhere, ...(known.get(name)?.labels ?? [])]
  const faults = [
    ...names.filter(name => !known.has(name)),
    ...grouped.map(label => label.trim()).filter(label => !names.some(name => labelsOf(name).includes(label))),
    ...matched.flatMap(([, name = '', matchers = '']) =>
      [...matchers.replaceAll(/"[^"]*"/g, '""').matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)]
        .map(([, label = '']) => label)
        .filter(label => !labelsOf(name).includes(label)),
    ),
  ]
  return { names, faults }
}

function dashboard(): Dashboard {
  return JSON.parse(readFileSync(join(repository, 'deploy/grafana/run-it.json'), 'utf8'))
}

function alertRules(): AlertRules['groups'][number]['rules'] {
  const rules: AlertRules = parse(readFileSync(join(repository, 'deploy/prometheus/alerts.yml'), 'utf8'))
  return rules.groups.flatMap(group => group.rules)
}

test('the dashboard asks for metrics and labels that there are, and for all of them', () => {
  const { panels, templating } = dashboard()
  const queries = [
    ...panels.flatMap(panel => panel.targets ?? []).map(({ expr }) => expr),
    ...templating.list.flatMap(({ definition = [] }) => definition),
  ]
  assert.ok(queries.length > 20, `${queries.length} queries`)
  for (const query of queries) assert.deepEqual(readQuery(query).faults, [], query)
  const shown = new Set(queries.flatMap(query => readQuery(query).names).map(name => known.get(name)))
  const missing = Object.values<Metric>(metrics).filter(metric => !shown.has(metric))
  assert.deepEqual(
    missing.map(({ name }) => name),
    [],
  )
})

test('the alerts ask for metrics and labels that there are', () => {
  const rules = alertRules()
  assert.ok(rules.length > 5)
  for (const { alert, expr } of rules) {
    const { names, faults } = readQuery(expr)
    assert.deepEqual(faults, [], alert)
    assert.ok(names.length > 0, alert)
  }
})

test('a query with anything else in it is found out', () => {
  assert.deepEqual(readQuery('sum by (code) (rate(run_it_engine_errors_total[5m]))').faults, [])
  assert.deepEqual(readQuery('run_it_engine_error_total').faults, ['run_it_engine_error_total'])
  assert.deepEqual(readQuery('sum by (user) (run_it_queue_depth)').faults, ['user'])
  assert.deepEqual(readQuery('run_it_slots{stat="used"}').faults, ['stat'])
  assert.deepEqual(readQuery('run_it_run_seconds > 1').faults, ['run_it_run_seconds'])
})

test('the page for operators lists exactly the metrics and the alerts that there are', () => {
  const page = readFileSync(join(repository, 'docs/operations.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `((?:run_it|process|nodejs)_\w+)` +\| (\w+) +\| ([^|]*)\| ([^|]*)\|$/gm)]
  assert.deepEqual(
    rows.map(([, name, kind, labels = '', description = '']) => [
      name,
      kind,
      [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
      description.trim(),
    ]),
    Object.values<Metric>(metrics).map(metric => [
      prometheusName(metric),
      metric.kind,
      metric.labels,
      metric.description,
    ]),
  )
  const described = [...page.matchAll(/^\| `(RunIt\w+)` +\|/gm)].map(([, name]) => name)
  assert.deepEqual(
    described,
    alertRules().map(({ alert }) => alert),
  )
})
