/** One server-sent event, as https://html.spec.whatwg.org/multipage/server-sent-events.html describes them. */
export interface ServerSentEvent {
    readonly event: string;
    readonly data: string;
    /** The id of this event, or the last one before it that had one. */
    readonly id: string;
}
/** Turns decoded text, in pieces of any size, into events. */
export declare class ServerSentEventParser {
    #private;
    push(text: string): ServerSentEvent[];
}
