import { type Static, Type } from 'typebox'
import { maxArtifactPatterns, maxPatternCharacters } from '../../run/artifact.ts'
import { architectures } from '../../run/pool.ts'
import { BytesSchema, FileSchema } from './content.ts'
import { AskedCompileLimitsSchema, AskedLimitsSchema } from './limits.ts'
import { PoolSchema } from './pool.ts'
import { columnsSchema, rowsSchema } from './terminal.ts'
import { CheckerSchema, maxArgs, TestSchema } from './test.ts'

/** Bounds on what one request may carry, besides the size of its body, which is the operator's choice. */
export const maxVariables = 128
export const maxLabels = 16

const LabelsSchema = Type.Record(Type.String(), Type.String(), {
  maxProperties: maxLabels,
  description: 'To find the run again. Names of at most 63 letters, digits, `.`, `_`, `-` and `/`.',
})
const PrioritySchema = Type.Integer({ minimum: -100, maximum: 100, description: 'Higher runs first. Default 0.' })
const TerminalSchema = Type.Union(
  [
    Type.Boolean(),
    Type.Object(
      {
        columns: columnsSchema,
        rows: rowsSchema,
        term: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$' })),
      },
      { additionalProperties: false },
    ),
  ],
  {
    description:
      'must be a boolean, or an object with columns and rows (1 to 1000) and optionally term, such as xterm-256color',
  },
)

const WebhookSchema = Type.Object(
  {
    url: Type.String({ description: 'Where the finished run is posted to.' }),
    secret: Type.Optional(
      Type.String({
        description:
          "`whsec_` and 24 to 64 bytes in base64, to sign with. Default: the installation's. No answer shows it.",
      }),
    ),
  },
  { additionalProperties: false },
)

/** The body of `POST /v1/runs`. Closed: an unknown field is an error. */
export const SubmissionSchema = Type.Object(
  {
    environment: Type.String({
      minLength: 1,
      maxLength: 200,
      description: '`python`, `python@3.11.2` or `python@^3.11`.',
    }),
    source: Type.Optional(Type.String({ description: 'The program, as one file. Instead of `files`.' })),
    files: Type.Optional(Type.Array(FileSchema, { minItems: 1, description: 'The program. Instead of `source`.' })),
    main: Type.Optional(
      Type.String({
        description: "The file to run. Default: the environment's main file if it is there, else the first file.",
      }),
    ),
    args: Type.Optional(Type.Array(Type.String(), { maxItems: maxArgs, description: 'Arguments of the program.' })),
    stdin: Type.Optional(BytesSchema),
    env: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        maxProperties: maxVariables,
        description: 'Environment variables: names of letters, digits and underscores.',
      }),
    ),
    interactive: Type.Optional(
      Type.Boolean({
        description: 'Keep stdin open for `/terminal` after the given one. Default: whether `tty` is asked for.',
      }),
    ),
    tty: Type.Optional(TerminalSchema),
    limits: Type.Optional(AskedLimitsSchema),
    compile: Type.Optional(
      Type.Object(
        {
          command: Type.Optional(
            Type.Array(Type.String(), {
              maxItems: maxArgs,
              description: 'Instead of the environment\'s, as argv: `["make"]`. Empty: nothing is compiled.',
            }),
          ),
          limits: Type.Optional(AskedCompileLimitsSchema),
        },
        { additionalProperties: false },
      ),
    ),
    run: Type.Optional(
      Type.Object(
        {
          command: Type.Optional(
            Type.Array(Type.String(), {
              minItems: 1,
              maxItems: maxArgs,
              description: "Instead of the environment's, as argv; `args` are appended.",
            }),
          ),
        },
        { additionalProperties: false },
      ),
    ),
    network: Type.Optional(Type.Boolean({ description: 'Whether the program may use the network. Default false.' })),
    tests: Type.Optional(
      Type.Array(TestSchema, {
        minItems: 1,
        description: 'The program is compiled once and run for each of them, in a clean sandbox.',
      }),
    ),
    checker: Type.Optional(CheckerSchema),
    stopOnFailure: Type.Optional(
      Type.Boolean({ description: 'Skips the tests after the first that is not accepted. Default false.' }),
    ),
    artifacts: Type.Optional(
      Type.Array(Type.String({ maxLength: maxPatternCharacters }), {
        maxItems: maxArtifactPatterns,
        description: 'Patterns of the files to keep of those that the program makes or changes: `*.png`, `out/**`.',
      }),
    ),
    labels: Type.Optional(LabelsSchema),
    priority: Type.Optional(PrioritySchema),
    pool: Type.Optional(PoolSchema),
    architecture: Type.Optional(
      Type.Enum([...architectures], {
        description: 'Only workers of it take the run. Default: any, unless the environment is for one alone.',
      }),
    ),
    maxAttempts: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10,
        description:
          'How often the run may be started, when a worker dies in the middle. Default 3, and 1 for an interactive run.',
      }),
    ),
    webhook: Type.Optional(WebhookSchema),
  },
  { $id: 'RunSubmission', additionalProperties: false },
)

/** The body of `POST /v1/runs/{id}/rerun`, which needs none. */
export const RerunSchema = Type.Object(
  {
    labels: Type.Optional(LabelsSchema),
    priority: Type.Optional(PrioritySchema),
    pool: Type.Optional(PoolSchema),
  },
  { $id: 'RerunChanges', additionalProperties: false, description: "What is absent is the repeated run's." },
)

export type RerunChanges = Static<typeof RerunSchema>
export type Submission = Static<typeof SubmissionSchema>
export type WebhookSubmission = Static<typeof WebhookSchema>
