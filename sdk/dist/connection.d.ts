export interface ClientOptions {
    /** Default `http://127.0.0.1:8080`. */
    readonly baseUrl?: string;
    /** Default the global one. */
    readonly fetch?: typeof fetch;
    /** An API key, sent as `Authorization: Bearer`. */
    readonly key?: string;
    /** How long one request may take, the time that it was asked to wait not counted. Default 30 s. */
    readonly timeoutMs?: number;
}
export interface RequestOptions {
    readonly method?: 'GET' | 'POST' | 'DELETE';
    readonly query?: Readonly<Record<string, string | number | undefined>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly signal?: AbortSignal;
    /** Asks the server to answer only when the run is finished, or after that long. */
    readonly waitSeconds?: number;
    /** Names this request, so that it has its effect once and may be sent again. */
    readonly idempotencyKey?: string;
    /** Replies that are an answer, not an error, beside those below 300. */
    readonly acceptStatus?: number;
}
/** Sends requests to one server, and turns everything that is not an answer into an error that says what to do. */
export declare class Connection {
    #private;
    readonly baseUrl: string;
    constructor(options: ClientOptions);
    json<T>(path: string, options?: RequestOptions): Promise<T>;
    bytes(path: string, options?: RequestOptions): Promise<Uint8Array>;
    nothing(path: string, options?: RequestOptions): Promise<void>;
    /** The reply as it is, for a stream: the time limit ends with its headers, and nothing is repeated. */
    open(path: string, options: RequestOptions & {
        readonly signal: AbortSignal;
    }): Promise<Response>;
}
export declare function isWorthAnotherTry(error: unknown): boolean;
