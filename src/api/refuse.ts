import { Problem, type ProblemCode, type ProblemError } from '../run/problem.ts'

/** Enough to mend a request by; a hostile one could have thousands. */
const maxErrors = 10

/** The problem that names all that is wrong; there is at least one thing. */
export function refusal(code: ProblemCode, errors: readonly ProblemError[]): Problem {
  const [first] = errors
  const sentence = `${first?.pointer || 'The body'} ${first?.detail ?? 'is not valid'}.`
  const detail = errors.length > 1 ? `${errors.length} things are wrong, the first: ${sentence}` : sentence
  return new Problem(code, detail, { errors: errors.slice(0, maxErrors) })
}

export function refuseIfAny(code: ProblemCode, errors: readonly ProblemError[]): void {
  if (errors.length > 0) {
    throw refusal(code, errors)
  }
}
