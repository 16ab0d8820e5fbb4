import type { Family } from '../environment/environment.ts'
import { diskFault } from '../run/disk.ts'
import type { RunFile } from '../run/file.ts'
import { filePathFault, pathConflict } from '../run/file-path.ts'
import { Problem, type ProblemError } from '../run/problem.ts'
import { contentFault } from './content.ts'
import { refusal, refuseIfAny } from './refuse.ts'
import type { Submission } from './schema/submission.ts'

/** What a program is made of, in a run as in a checker. */
export type ProgramFiles = Pick<Submission, 'source' | 'files' | 'main'>

/** The program's files, checked, and the one to run. */
export function acceptFiles(
  submission: ProgramFiles,
  family: Family,
  maxFiles: number,
): { readonly files: readonly RunFile[]; readonly main: string } {
  const files = givenFiles(submission, family)
  if (files.length > maxFiles) {
    throw fault('/files', `has ${files.length} files; this installation accepts ${maxFiles}`)
  }
  const errors = files.flatMap((file, index) => fileFaults(file, `/files/${index}`, submission.source !== undefined))
  refuseIfAny('invalid-file', errors)
  const paths = files.map(file => file.path)
  const conflict = pathConflict(paths)
  if (conflict !== undefined) {
    throw fault(`/files/${conflict.index}/path`, conflict.fault)
  }
  return { files, main: mainFile(submission.main, family, paths) }
}

/** Checked on its own, because what the run may use on disk is known only after its limits are. */
export function checkFilesFit(files: readonly RunFile[], diskBytes: number): void {
  const diskProblem = diskFault(files, diskBytes)
  if (diskProblem !== undefined) {
    throw fault('/files', diskProblem)
  }
}

function givenFiles(submission: ProgramFiles, family: Family): readonly RunFile[] {
  if (submission.source !== undefined && submission.files !== undefined) {
    throw new Problem('invalid-request', 'The request has both source and files; it needs one of them.', {
      errors: [{ pointer: '/source', detail: 'must not be there together with files' }],
    })
  }
  if (submission.source !== undefined) {
    return [{ path: family.main, content: submission.source, encoding: 'utf8' }]
  }
  if (submission.files === undefined) {
    throw new Problem('invalid-request', 'The request has neither source nor files; it needs one of them.', {
      errors: [{ pointer: '/files', detail: 'is required, or source' }],
    })
  }
  return submission.files.map(file => ({ path: file.path, content: file.content, encoding: file.encoding ?? 'utf8' }))
}

/** `pointer` leads to the file; a nameless source is the body's only one. */
export function fileFaults(file: RunFile, pointer: string, isSource = false): readonly ProblemError[] {
  const pathFault = isSource ? undefined : filePathFault(file.path)
  const bytesFault = contentFault(file)
  return [
    ...(pathFault === undefined ? [] : [{ pointer: `${pointer}/path`, detail: pathFault }]),
    ...(bytesFault === undefined ? [] : [{ pointer: isSource ? '/source' : `${pointer}/content`, detail: bytesFault }]),
  ]
}

function mainFile(asked: string | undefined, family: Family, paths: readonly string[]): string {
  if (asked !== undefined) {
    if (!paths.includes(asked)) {
      throw fault('/main', 'must be the path of one of the files')
    }
    return asked
  }
  return paths.includes(family.main) ? family.main : (paths[0] ?? family.main)
}

function fault(pointer: string, detail: string): Problem {
  return refusal('invalid-file', [{ pointer, detail }])
}
