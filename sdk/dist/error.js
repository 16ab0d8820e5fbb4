/** The server refused, or could not do, what was asked. `problem.code` names the reason, see the server's docs/problems.md. */
export class RunItError extends Error {
    name = 'RunItError';
    status;
    problem;
    /** When the server says that another try makes sense. */
    retryAfterSeconds;
    constructor(problem, retryAfterSeconds) {
        const [main, errors] = [problem.detail || problem.title, problem.errors ?? []];
        // A problem with one cause often says the same in both places.
        const details = errors
            .filter(({ detail }) => detail !== main)
            .map(({ pointer, detail }) => `${pointer || '/'}: ${detail}`);
        super([main, ...details].join('\n'));
        this.status = problem.status;
        this.problem = problem;
        this.retryAfterSeconds = retryAfterSeconds;
    }
}
/** No answer came: the server is not there, went away, or took too long. Whether it did what was asked is not known. */
export class RunItConnectionError extends Error {
    name = 'RunItConnectionError';
    url;
    constructor(url, message, options) {
        super(message, options);
        this.url = url;
    }
}
/** Reads the problem out of an error reply; a proxy's reply, which has none, is described instead. */
export async function errorFrom(response) {
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
    const text = await response.text().catch(() => '');
    return new RunItError(parseProblem(text) ?? describe(response, text), retryAfter >= 0 ? retryAfter : undefined);
}
function parseProblem(text) {
    try {
        const body = JSON.parse(text);
        const isProblem = typeof body === 'object' && body !== null && 'code' in body && 'status' in body && 'detail' in body;
        return isProblem ? body : undefined;
    }
    catch {
        return undefined;
    }
}
function describe(response, text) {
    const detail = `${response.url || 'The server'} answered ${response.status} ${response.statusText}`.trim();
    const excerpt = text.replaceAll(/\s+/g, ' ').slice(0, 200);
    return {
        type: 'about:blank',
        title: 'An answer that is not of run-it',
        status: response.status,
        detail: excerpt ? `${detail}: ${excerpt}` : detail,
        code: 'unknown',
    };
}
