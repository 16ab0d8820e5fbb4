import { parseArgs } from 'node:util'

export interface Arguments {
  readonly isQuick: boolean
  readonly json: boolean
  /** Several processes on PostgreSQL, and nothing else. */
  readonly scale: boolean
  readonly help: boolean
  /** The page, although it is not the complete run. */
  readonly write: boolean
  /** Empty for all. */
  readonly only: readonly string[]
}

export const helpText = `npm run bench -- [--quick] [--scale] [--write] [--json] [--only NAME…]

Measures run-it against bare processes, docker run and the engine itself, all on this machine and in turns.

  --quick        few samples, in less than three minutes
  --only NAME…   these scenarios; the first part of a name means all that begin with it (--only latency)
  --scale        several workers on a private PostgreSQL, and a table of a million runs, instead of all else
  --write        writes the page also from a run with one of these
  --json         prints the whole report as JSON instead of tables
  --help         prints this

Scenarios: SCENARIOS; with --scale: SCALE.

Progress goes to stderr, the result to stdout. A run of all scenarios without --quick takes about half an hour and also writes
docs/benchmarks.md; with --scale about ten minutes, and docs/benchmarks-scale.md. Ctrl-C ends it, and leaves no container and no file
behind. Nothing else should run on the machine meanwhile.
`

/** Throws for what it does not know. */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      scale: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      only: { type: 'string', multiple: true, default: [] },
    },
  })
  if (positionals.length > 0 && values.only.length === 0) throw new RangeError('names of scenarios come after --only')
  return {
    isQuick: values.quick,
    json: values.json,
    scale: values.scale,
    help: values.help,
    write: values.write,
    only: [...values.only, ...positionals],
  }
}
