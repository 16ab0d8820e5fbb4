/** A file that a run's program made, or changed: what is known of it. */
export interface ArtifactInfo {
  /** Relative to the working folder, with `/` between its parts. */
  readonly path: string
  readonly bytes: number
  /** `image/png`; guessed from the name, `application/octet-stream` where that says nothing. */
  readonly mediaType: string
}

export interface Artifact extends ArtifactInfo {
  readonly content: Uint8Array
}

/** What became of the files that a run asked for. */
export interface RunArtifacts {
  readonly artifacts: readonly Artifact[]
  readonly omitted: readonly ArtifactOmission[]
}

/**
 * Why files are missing among the artifacts:
 * - `too-many`: the run had as many as it may have.
 * - `too-large`: they did not fit into what was left of the bytes that a run may keep.
 * - `name`: the name is not valid Unicode, has control characters, or is too long.
 * - `unreadable`: the program left the file so that its own user may not read it.
 * - `not-searched`: folders were too many, too deep or shut, or the patterns too costly. How many files were missed is not known.
 * - `sandbox-lost`: the sandbox ended, or did not answer, before its files were read. How many there were is not known.
 */
export const omissionReasons = ['too-many', 'too-large', 'name', 'unreadable', 'not-searched', 'sandbox-lost'] as const
export type OmissionReason = (typeof omissionReasons)[number]

/** Files that matched but are missing, for one reason. */
export interface ArtifactOmission {
  readonly reason: OmissionReason
  /** Absent where it is not known. */
  readonly files?: number
  /** Some of them. Control characters, and what is not valid Unicode, stand as U+FFFD. */
  readonly paths: readonly string[]
}

/** What a run asks for. Bounds of one request; what they cost together is bounded by the matcher. */
export const maxArtifactPatterns = 32
export const maxPatternCharacters = 256
