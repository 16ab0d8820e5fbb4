/** An event holds at most one piece of output; anything near this is not a run-it server. */
const maxEventChars = 64 * 1024 * 1024;
/** Turns decoded text, in pieces of any size, into events. */
export class ServerSentEventParser {
    #rest = '';
    #wasCarriageReturn = false;
    #event = '';
    #data = [];
    #dataChars = 0;
    #id = '';
    push(text) {
        const events = [];
        let start = 0;
        for (let index = 0; index < text.length; index++) {
            const code = text.charCodeAt(index);
            if (code !== 10 && code !== 13) {
                this.#wasCarriageReturn = false;
                continue;
            }
            // The second half of a CRLF, which may arrive in another piece, ends no line of its own.
            const isSecondHalf = code === 10 && this.#wasCarriageReturn;
            this.#wasCarriageReturn = code === 13;
            if (!isSecondHalf) {
                const event = this.#line(this.#rest + text.slice(start, index));
                if (event)
                    events.push(event);
                this.#rest = '';
            }
            start = index + 1;
        }
        this.#rest += text.slice(start);
        if (this.#rest.length + this.#dataChars > maxEventChars)
            throw new Error('an event of the server is too large');
        return events;
    }
    #line(line) {
        if (line === '')
            return this.#dispatch();
        const colon = line.indexOf(':');
        if (colon === 0)
            return undefined;
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
        if (field === 'event')
            this.#event = value;
        if (field === 'id' && !value.includes('\0'))
            this.#id = value;
        if (field === 'data') {
            this.#data.push(value);
            this.#dataChars += value.length;
        }
        return undefined;
    }
    #dispatch() {
        const event = { event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id };
        const isEmpty = this.#data.length === 0;
        this.#event = '';
        this.#data = [];
        this.#dataChars = 0;
        return isEmpty ? undefined : event;
    }
}
