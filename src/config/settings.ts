import { type Static, type TSchema, Type } from 'typebox'
import { poolPattern } from '../run/pool.ts'
import { databaseSettings } from './database-settings.ts'
import { environmentSettings } from './environment-settings.ts'

const MiB = 1024 * 1024
const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** What the operator chose. The one source of flags, variables, the file's keys and `docs/configuration.md`. */
export const settingsSchema = Type.Object({
  dataDirectory: Type.String({
    minLength: 1,
    group: 'Server',
    valueName: 'folder',
    defaultText: '`/var/lib/run-it` as root, else `$XDG_DATA_HOME/run-it` or `~/.local/share/run-it`',
    description: 'Where runs and their output are kept. It belongs to one process at a time. Not used with a database.',
  }),
  host: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    group: 'Server',
    valueName: 'address',
    description: 'Address to listen on. Anything but loopback is refused until there is an API key.',
  }),
  port: Type.Integer({
    default: 8080,
    minimum: 0,
    maximum: 65_535,
    group: 'Server',
    description: 'Port to listen on; 0 lets the system choose one.',
  }),
  role: Type.Enum(['all', 'api', 'worker'], {
    default: 'all',
    group: 'Server',
    description:
      'What this process does: `api` answers requests, `worker` runs programs, `all` does both. Anything but `all` needs a database.',
  }),
  logLevel: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
    default: 'info',
    group: 'Logs',
    description: 'The least severe messages that are logged.',
  }),
  logFormat: Type.Enum(['pretty', 'json'], {
    group: 'Logs',
    defaultText: '`pretty` on a terminal, else `json`',
    description: 'Short lines for people, or one JSON object per line. Logs go to stderr.',
  }),
  metrics: Type.Boolean({
    default: true,
    group: 'Server',
    description:
      'Whether `/metrics` is served, for Prometheus. Once there are keys it takes one with the scope `metrics`.',
  }),
  slots: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 1024,
    group: 'Worker',
    description: 'Runs at the same time; 0 means as many as there are cores.',
  }),
  pools: Type.String({
    default: 'default',
    pattern: `^${poolPattern}( *, *${poolPattern}){0,15}$`,
    patternText: 'at most 16 names of small letters, digits and hyphens, such as `default,gpu`',
    group: 'Worker',
    flagName: 'pool',
    isRepeatable: true,
    valueName: 'names',
    description:
      'Pools whose runs the worker takes: `gpu`, or `default,gpu`. A server without a worker makes them known, so that runs may name them before one comes.',
  }),
  cpus: Type.Number({
    default: 1,
    minimum: 0.01,
    maximum: 1024,
    group: 'Worker',
    description: 'CPUs that each sandbox may use.',
  }),
  warmMemoryBytes: Type.Integer({
    default: 512 * MiB,
    minimum: 0,
    maximum: 1024 ** 4,
    unit: 'bytes',
    group: 'Worker',
    description: 'What sandboxes that wait for their run may cost together, so that it starts at once; 0 keeps none.',
  }),
  warm: Type.Optional(
    Type.String({
      pattern: '^[^\\s=,]+=\\d{1,3}(,[^\\s=,]+=\\d{1,3})*$',
      patternText: 'environments and numbers such as `python=2,javascript=1`',
      group: 'Worker',
      valueName: 'pins',
      defaultText: 'what was used lately',
      description: 'How many sandboxes to keep waiting always, per environment: `python=2,javascript@22=1`.',
    }),
  ),
  preboot: Type.Boolean({
    default: true,
    group: 'Worker',
    description: 'Whether interpreters are started ahead too, in sandboxes that wait, where an environment allows it.',
  }),
  drainTimeoutMs: Type.Integer({
    default: 30_000,
    minimum: 0,
    maximum: 60 * minuteMs,
    unit: 'ms',
    group: 'Worker',
    description: 'How long a stopping server waits for its runs to finish before it hands them back to the queue.',
  }),
  ...databaseSettings,
  keepRunsMs: Type.Integer({
    default: 7 * dayMs,
    minimum: 1_000,
    maximum: 3650 * dayMs,
    unit: 'ms',
    group: 'Storage',
    description: 'How long a finished run is kept. Then it is deleted, with all its data.',
  }),
  maxDataBytes: Type.Integer({
    default: 10 * 1024 * MiB,
    minimum: 64 * MiB,
    maximum: 1024 ** 5,
    unit: 'bytes',
    group: 'Storage',
    description:
      'What the data directory may take, or the rows of runs in a database. Before it is reached, the finished runs that ended first are deleted.',
  }),
  keepIdempotencyKeysMs: Type.Integer({
    default: dayMs,
    minimum: 60_000,
    maximum: 30 * dayMs,
    unit: 'ms',
    group: 'Storage',
    description: 'How long a request with an `Idempotency-Key` gives the run of the first time.',
  }),
  maxQueuedRuns: Type.Integer({
    default: 100_000,
    minimum: 1,
    maximum: 10_000_000,
    group: 'Requests',
    description: 'Runs that may wait; further ones are answered with 429.',
  }),
  maxQueuedRunsPerKey: Type.Integer({
    default: 10_000,
    minimum: 1,
    maximum: 10_000_000,
    group: 'Requests',
    description: 'Runs of one API key that may wait, so that no key fills the queue for all.',
  }),
  maxRequestBytes: Type.Integer({
    default: 16 * MiB,
    minimum: 1024,
    maximum: 256 * MiB,
    unit: 'bytes',
    group: 'Requests',
    description: 'The largest body of a request.',
  }),
  maxTests: Type.Integer({
    default: 256,
    minimum: 1,
    maximum: 10_000,
    group: 'Requests',
    description: 'Tests that one run may have.',
  }),
  maxFiles: Type.Integer({
    default: 1000,
    minimum: 1,
    maximum: 10_000,
    group: 'Requests',
    description: 'Files that one run may have.',
  }),
  maxArtifacts: Type.Integer({
    default: 100,
    minimum: 1,
    maximum: 10_000,
    group: 'Requests',
    description: 'Files that are kept of what one run made.',
  }),
  maxArtifactBytes: Type.Integer({
    default: 32 * MiB,
    minimum: 1,
    maximum: 512 * MiB,
    unit: 'bytes',
    group: 'Requests',
    description:
      'Bytes that are kept of all files that one run made together. Each slot may hold as many in memory until its run is stored.',
  }),
  webhookSecret: Type.Optional(
    Type.String({
      secret: true,
      minLength: 1,
      pattern: '^whsec_[A-Za-z0-9+/]{32,86}={0,2}$',
      patternText: '`whsec_` and 24 to 64 random bytes in base64',
      group: 'Webhooks',
      valueName: 'secret',
      defaultText: 'none: each webhook must bring its own',
      description: 'What deliveries are signed with: `whsec_` and 24 to 64 random bytes in base64.',
    }),
  ),
  allowWebhookTo: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 10_000,
      group: 'Webhooks',
      valueName: 'list',
      defaultText: 'public addresses only',
      description:
        'Addresses, ranges and host names, with commas between them, that webhooks may be delivered to though they are not public: `10.0.0.0/8, hooks.internal`. There, plain `http:` and any port will do.',
    }),
  ),
  webhookAttempts: Type.Integer({
    default: 12,
    minimum: 1,
    maximum: 100,
    group: 'Webhooks',
    description: 'How often a delivery is tried before it is given up.',
  }),
  webhookRetryMs: Type.Integer({
    default: 5_000,
    minimum: 10,
    maximum: 60 * minuteMs,
    unit: 'ms',
    group: 'Webhooks',
    description: 'The pause before the second attempt; each further one is three times as long, at most 8 hours.',
  }),
  maxWallTimeMs: ceiling('ms', 10 * minuteMs, 1, 24 * 60 * minuteMs, 'The most wall time a stage may ask for.'),
  maxCpuTimeMs: ceiling('ms', 10 * minuteMs, 1, 24 * 60 * minuteMs, 'The most CPU time a stage may ask for.'),
  maxMemoryBytes: ceiling('bytes', 2048 * MiB, 8 * MiB, 1024 ** 4, 'The most memory a stage may ask for.'),
  maxProcesses: ceiling(undefined, 1024, 2, 100_000, 'The most processes and threads a stage may ask for.'),
  maxOpenFiles: ceiling(undefined, 4096, 8, 1_000_000, 'The most open files a stage may ask for.'),
  maxDiskBytes: ceiling('bytes', 1024 * MiB, 64 * 1024, 1024 ** 4, 'The most disk space a run may ask for.'),
  maxOutputBytes: ceiling('bytes', 16 * MiB, 1, 256 * MiB, 'The most output, of each stream, that a stage may keep.'),
  ...environmentSettings,
  dockerHost: Type.Optional(
    Type.String({
      minLength: 1,
      pattern: '^(unix|tcp|http|https)://\\S+$',
      patternText: 'an address such as `unix:///var/run/docker.sock` or `tcp://host:2376`',
      group: 'Docker',
      valueName: 'address',
      defaultText: '`$DOCKER_HOST`, else `unix:///var/run/docker.sock`',
      description:
        'Where the Docker Engine listens. With port 2376 of `tcp://`, with `https://` or with `DOCKER_TLS_VERIFY` it is spoken to over TLS, with `ca.pem`, `cert.pem` and `key.pem` of the folder `DOCKER_CERT_PATH`.',
    }),
  ),
  runtime: Type.Optional(
    Type.String({
      minLength: 1,
      group: 'Docker',
      valueName: 'name',
      defaultText: "the engine's default",
      description: "The engine's runtime for sandboxes: `runc`, or `runsc` for gVisor.",
    }),
  ),
})

/** Property names carry their unit: every time is in ms, every size in bytes. */
export type Settings = Readonly<Static<typeof settingsSchema>>

function ceiling(
  unit: 'ms' | 'bytes' | undefined,
  standard: number,
  minimum: number,
  maximum: number,
  description: string,
) {
  return Type.Integer({ default: standard, minimum, maximum, group: 'Ceilings', description, ...(unit && { unit }) })
}

/** Any object schema that settings can be derived from; tests use small ones. */
export type SettingsSchema = { readonly properties: Readonly<Record<string, TSchema>> }
