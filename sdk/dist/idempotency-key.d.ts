/** Not `crypto.randomUUID`, which browsers have on pages of https only. */
export declare function newIdempotencyKey(): string;
