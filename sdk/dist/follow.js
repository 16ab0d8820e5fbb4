import { isWorthAnotherTry } from './connection.js';
import { RunItConnectionError } from './error.js';
import { pause } from './pause.js';
import { ServerSentEventParser } from './sse.js';
/** Tries in a row that brought nothing; together they bear a server that is away for half a minute. */
const maxEmptyTries = 9;
const firstPauseMs = 100;
const longestPauseMs = 8_000;
/** A connection can be dead without either end having noticed; the server sends something more often than this. */
const silenceMs = 90_000;
/**
 * A run's events, in order, each once, until the run is finished. A connection that drops is opened again where it left off.
 * Ends with the `finished` event, or at once where that one is not after `after`; throws when the run is not there, or the server stays away.
 */
export async function* followRun(connection, runId, options = {}) {
    let after = options.after ?? 0;
    let emptyTries = 0;
    while (true) {
        let failure;
        try {
            for await (const event of readOnce(connection, runId, { ...options, after })) {
                if (event === 'over')
                    return;
                // A server that sends more than was asked for must not make anybody see an event twice.
                if (event.sequence <= after)
                    continue;
                after = event.sequence;
                emptyTries = 0;
                yield event;
                if (event.type === 'finished')
                    return;
            }
        }
        catch (error) {
            options.signal?.throwIfAborted();
            if (!isWorthAnotherTry(error))
                throw error;
            failure = error;
        }
        emptyTries++;
        if (emptyTries > maxEmptyTries) {
            throw (failure ??
                new RunItConnectionError(connection.baseUrl, `${connection.baseUrl} ends the events of ${runId} early`));
        }
        await pause(Math.min(longestPauseMs, firstPauseMs * 2 ** (emptyTries - 1)), options.signal);
    }
}
/** One connection's events, or that there are none to come. Leaving the loop closes it. */
async function* readOnce(connection, runId, { after = 0, signal }) {
    const closing = new AbortController();
    const ended = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
    try {
        const response = await connection.open(`/v1/runs/${encodeURIComponent(runId)}/events`, {
            headers: { accept: 'text/event-stream', ...(after > 0 && { 'last-event-id': String(after) }) },
            signal: ended,
        });
        if (response.status === 204)
            yield 'over';
        if (!response.body)
            return;
        const reader = response.body.getReader();
        const decoder = new TextDecoder();
        const parser = new ServerSentEventParser();
        while (true) {
            const { done, value } = await readBefore(silenceMs, reader, connection.baseUrl);
            if (done)
                return;
            for (const { event, data, id } of parser.push(decoder.decode(value, { stream: true }))) {
                yield { ...JSON.parse(data), type: event, sequence: Number(id) };
            }
        }
    }
    finally {
        closing.abort();
    }
}
async function readBefore(ms, reader, baseUrl) {
    let timer;
    const silence = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new RunItConnectionError(baseUrl, `${baseUrl} went silent`)), ms);
    });
    try {
        return await Promise.race([reader.read(), silence]);
    }
    catch (error) {
        if (error instanceof RunItConnectionError)
            throw error;
        throw new RunItConnectionError(baseUrl, `the connection to ${baseUrl} was lost`, { cause: error });
    }
    finally {
        clearTimeout(timer);
    }
}
