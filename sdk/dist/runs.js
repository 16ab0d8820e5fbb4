import { followRun } from './follow.js';
import { newIdempotencyKey } from './idempotency-key.js';
import { pause } from './pause.js';
/** One long poll; a proxy in between may cut longer ones. */
const pollSeconds = 20;
/** What a server that does not wait is asked at most: so often. */
const shortestPollMs = 200;
export class Runs {
    #connection;
    constructor(connection) {
        this.#connection = connection;
    }
    /** Durable when it resolves. Where no answer comes it is sent again, with the same key: it makes one run at most. */
    submit(submission, options = {}) {
        return this.#connection.json('/v1/runs', {
            method: 'POST',
            body: submission,
            idempotencyKey: options.idempotencyKey ?? newIdempotencyKey(),
            waitSeconds: options.wait,
            signal: options.signal,
        });
    }
    /** The same run again, on the same image. What is given of labels and priority replaces the old run's. Sent again like `submit`. */
    rerun(id, options = {}) {
        const { wait, signal, idempotencyKey = newIdempotencyKey(), ...changes } = options;
        const request = { method: 'POST', body: changes, idempotencyKey, waitSeconds: wait, signal };
        return this.#connection.json(`${pathOf(id)}/rerun`, request);
    }
    get(id, options = {}) {
        return this.#connection.json(pathOf(id), { waitSeconds: options.wait, signal: options.signal });
    }
    /** One page, newest first. */
    list(filter = {}) {
        const { signal, ...query } = filter;
        return this.#connection.json('/v1/runs', { query: { ...query }, signal });
    }
    /** All pages, newest first. */
    async *all(filter = {}) {
        let cursor = filter.cursor;
        do {
            const page = await this.list({ ...filter, cursor });
            yield* page.runs;
            cursor = page.next;
        } while (cursor !== undefined);
    }
    /** The finished run. */
    async wait(id, options = {}) {
        while (true) {
            const startedAt = Date.now();
            const run = await this.get(id, { wait: pollSeconds, signal: options.signal });
            if (run.state === 'finished')
                return run;
            await pause(Math.max(0, shortestPollMs - (Date.now() - startedAt)), options.signal);
        }
    }
    /** What the run has written to stdout so far. */
    stdout(id, options = {}) {
        return this.#connection.bytes(`${pathOf(id)}/stdout`, { ...options, headers: { accept: '*/*' } });
    }
    stderr(id, options = {}) {
        return this.#connection.bytes(`${pathOf(id)}/stderr`, { ...options, headers: { accept: '*/*' } });
    }
    /** May be repeated. A running program is ended soon after. */
    cancel(id, options = {}) {
        return this.#connection.json(`${pathOf(id)}/cancel`, { method: 'POST', ...options });
    }
    /** Deletes a finished run and all its data. */
    delete(id, options = {}) {
        return this.#connection.nothing(pathOf(id), { method: 'DELETE', ...options });
    }
    /** What happens in the run, live, up to and with its end. Lost connections are taken up again where they broke. */
    events(id, options = {}) {
        return followRun(this.#connection, id, options);
    }
}
function pathOf(id) {
    return `/v1/runs/${encodeURIComponent(id)}`;
}
