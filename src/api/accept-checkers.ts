import { Problem } from '../run/problem.ts'
import type { CheckerProgram, TestChecker } from '../run/test-plan.ts'
import { acceptFiles, checkFilesFit } from './accept-files.ts'
import { acceptLimits } from './accept-limits.ts'
import type { TestsAllowance } from './accept-tests.ts'
import { argumentFaults } from './accept-texts.ts'
import { refusal, refuseIfAny } from './refuse.ts'
import type { CheckerSubmission } from './schema/test.ts'

/** Each is a container of its own, and stays until the run ends. */
const maxPrograms = 4
/** Programs print six digits. */
const defaultTolerance = 1e-6

type ProgramSubmission = Extract<CheckerSubmission, { readonly environment: string }>

/** The checkers of one request. Programs that are the same are one. */
export class AcceptedCheckers {
  readonly programs: CheckerProgram[] = []
  readonly #allowance: TestsAllowance
  readonly #known = new Map<string, number>()

  constructor(allowance: TestsAllowance) {
    this.#allowance = allowance
  }

  /** Throws the first problem. */
  accept(given: CheckerSubmission, pointer: string): TestChecker {
    if (typeof given === 'object' && 'environment' in given) {
      return { kind: 'program', program: this.#program(given, pointer) }
    }
    const kind = typeof given === 'string' ? given : given.kind
    if (kind !== 'numbers') return { kind }
    const { absoluteTolerance = defaultTolerance, relativeTolerance = defaultTolerance } =
      typeof given === 'string' ? {} : given
    return { kind, absoluteTolerance, relativeTolerance }
  }

  #program(given: ProgramSubmission, pointer: string): number {
    const identity = JSON.stringify(given)
    const known = this.#known.get(identity)
    if (known !== undefined) return known
    if (this.programs.length === maxPrograms) {
      throw refusal('invalid-test', [{ pointer, detail: `is one more program than the ${maxPrograms} of a run` }])
    }
    const index = this.programs.push(below(pointer, () => this.#accepted(given))) - 1
    this.#known.set(identity, index)
    return index
  }

  #accepted(given: ProgramSubmission): CheckerProgram {
    const { maxFiles, ceilings } = this.#allowance.settings
    refuseIfAny('invalid-request', argumentFaults('/args', given.args ?? [], {}))
    const family = this.#allowance.familyOf(given.environment)
    const { files, main } = acceptFiles(given, family, maxFiles)
    const { limits, compileLimits } = acceptLimits(given, family, ceilings)
    checkFilesFit(files, limits.diskBytes)
    return { environment: given.environment, files, main, args: given.args ?? [], limits, compileLimits }
  }
}

/** What is wrong inside of it is told where it stands in the body. */
function below<Result>(pointer: string, accept: () => Result): Result {
  try {
    return accept()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const errors = error.errors.map(fault => ({ ...fault, pointer: `${pointer}${fault.pointer}` }))
    throw new Problem(error.code, `${pointer}: ${error.message}`, { errors })
  }
}
