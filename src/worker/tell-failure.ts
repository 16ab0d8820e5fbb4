import { PlatformError } from '../platform/platform-error.ts'
import type { Observer } from '../telemetry/observer.ts'

/** Tells of what the platform failed at; whatever else went wrong is none of its business. */
export function tellFailure(observer: Observer, error: unknown): void {
  if (error instanceof PlatformError) observer.tell({ type: 'platform-failed', code: error.code })
}
