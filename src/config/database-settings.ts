import { Type } from 'typebox'

const minuteMs = 60_000

/** Of an installation on several machines. Without the first one, the others mean nothing. */
export const databaseSettings = {
  databaseUrl: Type.Optional(
    Type.String({
      secret: true,
      isFlag: true,
      alias: 'DATABASE_URL',
      minLength: 1,
      pattern: '^postgres(ql)?://\\S+$',
      patternText: 'an address such as `postgres://user:password@host:5432/name`',
      group: 'Database',
      valueName: 'address',
      defaultText: 'none: a file in the data directory',
      description:
        'A PostgreSQL database to keep runs in instead, which any number of servers and workers share. As a flag everybody on the machine can read it.',
    }),
  ),
  databaseConnections: Type.Integer({
    default: 10,
    minimum: 2,
    maximum: 1_000,
    group: 'Database',
    description:
      'Connections that this process opens to a database at most, besides three for its queue and its hints.',
  }),
  leaseMs: Type.Integer({
    default: 10_000,
    minimum: 2_000,
    maximum: 10 * minuteMs,
    unit: 'ms',
    group: 'Database',
    description:
      'How long a worker that says nothing keeps its runs. Then another one takes them over, as a new attempt.',
  }),
} as const
