import type { Connection } from './connection.ts';
import type { CallOptions } from './runs.ts';
import type { EnvironmentInfo } from './types.ts';
export declare class Environments {
    #private;
    constructor(connection: Connection);
    list(options?: CallOptions): Promise<EnvironmentInfo[]>;
    /** By its name or an alias. */
    get(name: string, options?: CallOptions): Promise<EnvironmentInfo>;
}
export interface Readiness {
    readonly ready: boolean;
    /** What was looked at; `detail` says what is wrong. */
    readonly checks: readonly {
        readonly name: string;
        readonly ok: boolean;
        readonly detail?: string;
    }[];
    /** Runs that wait for a worker. */
    readonly queuedRuns?: number;
}
export declare class Health {
    #private;
    constructor(connection: Connection);
    /** Whether runs that are sent now will run soon. A server that is not ready answers 503, which is an answer here. */
    ready(options?: CallOptions): Promise<Readiness>;
}
