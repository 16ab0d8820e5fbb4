import { type Connection } from './connection.ts';
import type { RunEvent } from './types.ts';
export interface FollowOptions {
    /** Only events after this sequence. Default 0: from the start. */
    readonly after?: number;
    readonly signal?: AbortSignal;
}
/**
 * A run's events, in order, each once, until the run is finished. A connection that drops is opened again where it left off.
 * Ends with the `finished` event, or at once where that one is not after `after`; throws when the run is not there, or the server stays away.
 */
export declare function followRun(connection: Connection, runId: string, options?: FollowOptions): AsyncGenerator<RunEvent, void, undefined>;
