import { type Static, Type } from 'typebox'
import { verdicts } from '../../run/verdict.ts'
import { BytesSchema, FileSchema } from './content.ts'
import { AskedCompileLimitsSchema, AskedLimitsSchema } from './limits.ts'

export const maxArgs = 256
const maxNameCharacters = 200

const ToleranceSchema = Type.Number({ minimum: 0 })

export const CheckerSchema = Type.Union(
  [
    Type.Enum(['exact', 'trimmed', 'tokens', 'numbers']),
    Type.Object(
      {
        kind: Type.Literal('numbers'),
        absoluteTolerance: Type.Optional(ToleranceSchema),
        relativeTolerance: Type.Optional(ToleranceSchema),
      },
      { additionalProperties: false },
    ),
    Type.Object(
      {
        environment: Type.String({ minLength: 1, maxLength: 200 }),
        source: Type.Optional(Type.String()),
        files: Type.Optional(Type.Array(FileSchema, { minItems: 1 })),
        main: Type.Optional(Type.String()),
        args: Type.Optional(Type.Array(Type.String(), { maxItems: maxArgs })),
        limits: Type.Optional(AskedLimitsSchema),
        compile: Type.Optional(
          Type.Object({ limits: Type.Optional(AskedCompileLimitsSchema) }, { additionalProperties: false }),
        ),
      },
      { additionalProperties: false },
    ),
  ],
  {
    description:
      'must be "exact", "trimmed", "tokens" or "numbers"; or {"kind": "numbers"} with absoluteTolerance and ' +
      'relativeTolerance; or a program: an object with environment, source or files, and perhaps main, args, limits and compile',
  },
)

export const TestSchema = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: maxNameCharacters,
        description: "Of its own among the tests. Default: the test's number, from 1.",
      }),
    ),
    stdin: Type.Optional(BytesSchema),
    args: Type.Optional(Type.Array(Type.String(), { maxItems: maxArgs, description: "Default: the run's." })),
    files: Type.Optional(Type.Array(FileSchema, { description: "Beside the run's, for this test alone." })),
    expected: Type.Optional(BytesSchema),
    checker: Type.Optional(CheckerSchema),
    limits: Type.Optional(AskedCompileLimitsSchema),
  },
  { additionalProperties: false },
)

export const VerdictSchema = Type.Enum([...verdicts])

export const TestResultSchema = Type.Object(
  {
    index: Type.Integer({ description: 'Its place among the tests, from 0.' }),
    name: Type.String(),
    verdict: VerdictSchema,
    detail: Type.Optional(
      Type.String({ description: 'For people: where the output differs, or what the checker said.' }),
    ),
  },
  { $id: 'TestResult', description: 'What became of a test.' },
)

const count = Type.Optional(Type.Integer())

export const TestSummarySchema = Type.Object(
  {
    total: Type.Integer(),
    executed: Type.Integer({ description: 'Tests that were run.' }),
    verdicts: Type.Object(
      {
        accepted: count,
        'wrong-answer': count,
        'runtime-error': count,
        'timed-out': count,
        'out-of-memory': count,
        'checker-failed': count,
        canceled: count,
        skipped: count,
      },
      { description: 'Tests by verdict; those that there are none of are absent.' },
    ),
  },
  { $id: 'TestSummary' },
)

export type TestSubmission = Static<typeof TestSchema>
export type CheckerSubmission = Static<typeof CheckerSchema>
