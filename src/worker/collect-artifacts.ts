import type { Sandbox } from '../platform/platform.ts'
import { PlatformError } from '../platform/platform-error.ts'
import type { RunArtifacts } from '../run/artifact.ts'
import { mediaTypeOf } from '../run/media-type.ts'
import type { RunRequest } from '../run/run.ts'

/** Of one run. A slot holds so many bytes in memory until its run's end is stored. */
export interface ArtifactLimits {
  readonly maxFiles: number
  readonly maxBytes: number
}

/**
 * The files that a run asked for. How the program ended is known by now, and that its sandbox is gone does not change it: then the
 * artifacts are what is missing. Rejects only when it is aborted, or for a bug.
 */
export async function collectArtifacts(
  sandbox: Sandbox,
  request: Pick<RunRequest, 'artifacts' | 'files'>,
  limits: ArtifactLimits,
  signal: AbortSignal,
): Promise<RunArtifacts> {
  if (request.artifacts.length === 0) return { artifacts: [], omitted: [] }
  try {
    const { files, omitted } = await sandbox.collect(
      { patterns: request.artifacts, sent: request.files, ...limits },
      signal,
    )
    const artifacts = files.map(({ path, content }) => ({
      path,
      bytes: content.length,
      mediaType: mediaTypeOf(path),
      content,
    }))
    return { artifacts, omitted }
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error
    return { artifacts: [], omitted: [{ reason: 'sandbox-lost', paths: [] }] }
  }
}
