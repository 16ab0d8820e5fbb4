import type { Connection } from './connection.ts';
import { type FollowOptions } from './follow.ts';
import type { RerunChanges, Run, RunEvent, RunList, RunOutcome, RunState, RunSubmission } from './types.ts';
export interface CallOptions {
    readonly signal?: AbortSignal;
}
export interface WaitOptions extends CallOptions {
    /** Seconds to wait for the run to finish; the answer is the run as it is then. */
    readonly wait?: number;
}
export interface SubmitOptions extends WaitOptions {
    /**
     * 1 to 255 visible ASCII characters. The same key and submission give the same run, also in another process, for a day.
     * Default: a new one for each call.
     */
    readonly idempotencyKey?: string;
}
export interface RunFilter extends CallOptions {
    readonly state?: RunState;
    readonly outcome?: RunOutcome['kind'];
    /** The environment's name. */
    readonly environment?: string;
    /** `name=value` */
    readonly label?: string;
    /** Runs per page. */
    readonly limit?: number;
    /** `next` of the page before. */
    readonly cursor?: string;
}
export declare class Runs {
    #private;
    constructor(connection: Connection);
    /** Durable when it resolves. Where no answer comes it is sent again, with the same key: it makes one run at most. */
    submit(submission: RunSubmission, options?: SubmitOptions): Promise<Run>;
    /** The same run again, on the same image. What is given of labels and priority replaces the old run's. Sent again like `submit`. */
    rerun(id: string, options?: RerunChanges & SubmitOptions): Promise<Run>;
    get(id: string, options?: WaitOptions): Promise<Run>;
    /** One page, newest first. */
    list(filter?: RunFilter): Promise<RunList>;
    /** All pages, newest first. */
    all(filter?: RunFilter): AsyncGenerator<Run, void, undefined>;
    /** The finished run. */
    wait(id: string, options?: CallOptions): Promise<Run>;
    /** What the run has written to stdout so far. */
    stdout(id: string, options?: CallOptions): Promise<Uint8Array>;
    stderr(id: string, options?: CallOptions): Promise<Uint8Array>;
    /** May be repeated. A running program is ended soon after. */
    cancel(id: string, options?: CallOptions): Promise<Run>;
    /** Deletes a finished run and all its data. */
    delete(id: string, options?: CallOptions): Promise<void>;
    /** What happens in the run, live, up to and with its end. Lost connections are taken up again where they broke. */
    events(id: string, options?: FollowOptions): AsyncGenerator<RunEvent, void, undefined>;
}
