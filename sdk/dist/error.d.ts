import type { ProblemBody } from './types.ts';
/** The server refused, or could not do, what was asked. `problem.code` names the reason, see the server's docs/problems.md. */
export declare class RunItError extends Error {
    readonly name = "RunItError";
    readonly status: number;
    readonly problem: ProblemBody;
    /** When the server says that another try makes sense. */
    readonly retryAfterSeconds?: number;
    constructor(problem: ProblemBody, retryAfterSeconds?: number);
}
/** No answer came: the server is not there, went away, or took too long. Whether it did what was asked is not known. */
export declare class RunItConnectionError extends Error {
    readonly name = "RunItConnectionError";
    readonly url: string;
    constructor(url: string, message: string, options?: {
        readonly cause?: unknown;
    });
}
/** Reads the problem out of an error reply; a proxy's reply, which has none, is described instead. */
export declare function errorFrom(response: Response): Promise<RunItError>;
