import { type ClientOptions } from './connection.ts';
import { Environments, Health } from './installation.ts';
import { Keys } from './keys.ts';
import { type CallOptions, Runs } from './runs.ts';
import type { PlatformInfo, WorkerInfo } from './types.ts';
/** A client of one run-it server. Needs `fetch` only: it works in Node and in browsers. */
export declare class RunItClient {
    #private;
    readonly runs: Runs;
    readonly environments: Environments;
    readonly health: Health;
    readonly keys: Keys;
    constructor(options?: ClientOptions);
    get baseUrl(): string;
    /** The engine that runs the containers. */
    platform(options?: CallOptions): Promise<PlatformInfo>;
    workers(options?: CallOptions): Promise<WorkerInfo[]>;
}
export { decodeBytes, encodeBytes } from './bytes.ts';
export type { ClientOptions } from './connection.ts';
export { RunItConnectionError, RunItError } from './error.ts';
export type { FollowOptions } from './follow.ts';
export type { Readiness } from './installation.ts';
export type { CallOptions, RunFilter, SubmitOptions, WaitOptions } from './runs.ts';
export type { Artifact, ArtifactOmission, Encoding, EnvironmentInfo, ImageProgress, Key, KeyList, KeySubmission, Limits, NewKey, OutputStream, PlatformInfo, ProblemBody, RerunChanges, Run, RunEvent, RunFile, RunList, RunOutcome, RunState, RunSubmission, Stage, StageName, StageOutcome, StageOutput, Usage, WorkerInfo, } from './types.ts';
