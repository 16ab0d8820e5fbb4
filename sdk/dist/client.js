import { Connection } from './connection.js';
import { Environments, Health } from './installation.js';
import { Keys } from './keys.js';
import { Runs } from './runs.js';
/** A client of one run-it server. Needs `fetch` only: it works in Node and in browsers. */
export class RunItClient {
    runs;
    environments;
    health;
    keys;
    #connection;
    constructor(options = {}) {
        this.#connection = new Connection(options);
        this.runs = new Runs(this.#connection);
        this.environments = new Environments(this.#connection);
        this.health = new Health(this.#connection);
        this.keys = new Keys(this.#connection);
    }
    get baseUrl() {
        return this.#connection.baseUrl;
    }
    /** The engine that runs the containers. */
    platform(options = {}) {
        return this.#connection.json('/v1/platform', options);
    }
    async workers(options = {}) {
        const { workers } = await this.#connection.json('/v1/workers', options);
        return workers;
    }
}
export { decodeBytes, encodeBytes } from './bytes.js';
export { RunItConnectionError, RunItError } from './error.js';
