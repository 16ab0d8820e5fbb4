import type { Interaction } from '../run/run.ts'
import { defaultTerm, defaultTerminalSize } from '../run/terminal.ts'
import { refusal } from './refuse.ts'
import type { Submission } from './schema/submission.ts'

/** Whether the run can be talked to, and how. A terminal that nobody could type into would be none. */
export function acceptInteraction({
  interactive,
  tty = false,
}: Pick<Submission, 'interactive' | 'tty'>): Interaction | undefined {
  if (tty === false) return interactive === true ? {} : undefined
  if (interactive === false) {
    throw refusal('invalid-request', [{ pointer: '/interactive', detail: 'must be true, or absent, with a tty' }])
  }
  const asked = tty === true ? {} : tty
  return { terminal: { ...defaultTerminalSize, term: defaultTerm, ...asked } }
}
