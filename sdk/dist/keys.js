/** The API keys. Needs a key with the scope `admin`, unless there are no keys yet. */
export class Keys {
    #connection;
    constructor(connection) {
        this.#connection = connection;
    }
    /** Its `secret` is told here and nowhere else. The first key must have the scope `admin`. */
    create(submission, options = {}) {
        return this.#connection.json('/v1/keys', { method: 'POST', body: submission, ...options });
    }
    /** All pages, newest first, with those that were revoked. */
    async *all(options = {}) {
        let cursor;
        do {
            const page = await this.#connection.json('/v1/keys', { query: { limit: 100, cursor }, ...options });
            yield* page.keys;
            cursor = page.next;
        } while (cursor !== undefined);
    }
    /** At once, and for ever. May be repeated. */
    revoke(id, options = {}) {
        return this.#connection.nothing(`/v1/keys/${encodeURIComponent(id)}`, { method: 'DELETE', ...options });
    }
}
