/**
 * - `unavailable`: the engine cannot be reached, or does not answer. Worth another try when it is back.
 * - `environment-unavailable`: no candidate's image can be had. Another try would end the same soon after.
 * - `image-gone`: the image was removed since it was prepared, and nothing was begun. To be prepared again.
 * - `sandbox-lost`: the container ended under us. Worth another try.
 * - `refused`: the engine refuses what we asked of it. Ours to mend.
 */
export type PlatformErrorCode = 'unavailable' | 'environment-unavailable' | 'image-gone' | 'sandbox-lost' | 'refused'

/** What the platform failed at; never what a program did. `message` is one sentence for an operator. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError'
  readonly code: PlatformErrorCode
  /** No sandbox was there to execute anything in, though it seemed so. */
  readonly isBeforeExecution: boolean

  constructor(
    code: PlatformErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly isBeforeExecution?: boolean } = {},
  ) {
    super(message, options)
    this.code = code
    this.isBeforeExecution = options.isBeforeExecution ?? false
  }
}
