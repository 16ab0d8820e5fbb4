/** Waits, and rejects with the signal's reason when it is aborted meanwhile. */
export declare function pause(ms: number, signal?: AbortSignal): Promise<void>;
