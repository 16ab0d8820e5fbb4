import type { Encoding } from './types.ts';
/** How bytes stand in JSON: text where they are valid UTF-8, base64 otherwise. */
export declare function encodeBytes(bytes: Uint8Array): {
    content: string;
    encoding: Encoding;
};
/** The bytes of a file, a stream or an output event. */
export declare function decodeBytes(encoded: {
    readonly content?: string;
    readonly encoding?: Encoding;
}): Uint8Array;
