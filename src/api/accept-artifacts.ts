import { parseGlob } from '../run/glob.ts'
import { refuseIfAny } from './refuse.ts'
import type { Submission } from './schema/submission.ts'

/** The patterns of the files to keep. Their number and length are the schema's to check. */
export function acceptArtifacts({ artifacts = [] }: Pick<Submission, 'artifacts'>): readonly string[] {
  const errors = artifacts.flatMap((pattern, index) => {
    const glob = parseGlob(pattern)
    return 'fault' in glob ? [{ pointer: `/artifacts/${index}`, detail: glob.fault }] : []
  })
  refuseIfAny('invalid-request', errors)
  return artifacts
}
