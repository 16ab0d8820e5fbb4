import type { Connection } from './connection.ts';
import type { CallOptions } from './runs.ts';
import type { Key, KeySubmission, NewKey } from './types.ts';
/** The API keys. Needs a key with the scope `admin`, unless there are no keys yet. */
export declare class Keys {
    #private;
    constructor(connection: Connection);
    /** Its `secret` is told here and nowhere else. The first key must have the scope `admin`. */
    create(submission: KeySubmission, options?: CallOptions): Promise<NewKey>;
    /** All pages, newest first, with those that were revoked. */
    all(options?: CallOptions): AsyncGenerator<Key, void, undefined>;
    /** At once, and for ever. May be repeated. */
    revoke(id: string, options?: CallOptions): Promise<void>;
}
