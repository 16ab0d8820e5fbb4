/** Without ignoreBOM a byte order mark at the start would be dropped. */
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** How bytes stand in JSON: text where they are valid UTF-8, base64 otherwise. */
export function encodeBytes(bytes) {
    try {
        return { content: strictUtf8.decode(bytes), encoding: 'utf8' };
    }
    catch {
        return { content: toBase64(bytes), encoding: 'base64' };
    }
}
/** The bytes of a file, a stream or an output event. */
export function decodeBytes(encoded) {
    const { content = '', encoding } = encoded;
    return encoding === 'base64'
        ? Uint8Array.from(atob(content), char => char.charCodeAt(0))
        : new TextEncoder().encode(content);
}
/** In pieces, because a call cannot take a million arguments; their length is a multiple of 3, so they need no padding between. */
function toBase64(bytes) {
    const pieceBytes = 3 * 4096;
    let text = '';
    for (let start = 0; start < bytes.length; start += pieceBytes) {
        text += btoa(String.fromCharCode(...bytes.subarray(start, start + pieceBytes)));
    }
    return text;
}
