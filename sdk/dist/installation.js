import { RunItError } from './error.js';
export class Environments {
    #connection;
    constructor(connection) {
        this.#connection = connection;
    }
    async list(options = {}) {
        const { environments } = await this.#connection.json('/v1/environments', options);
        return environments;
    }
    /** By its name or an alias. */
    async get(name, options = {}) {
        const environments = await this.list(options);
        const found = environments.find(environment => environment.name === name || environment.aliases.includes(name));
        if (found)
            return found;
        const names = environments.map(environment => environment.name).join(', ');
        throw new RunItError({
            type: '/problems/unknown-environment',
            title: 'There is no such environment',
            status: 404,
            detail: `There is no environment "${name}". There are: ${names}`,
            code: 'unknown-environment',
        });
    }
}
export class Health {
    #connection;
    constructor(connection) {
        this.#connection = connection;
    }
    /** Whether runs that are sent now will run soon. A server that is not ready answers 503, which is an answer here. */
    async ready(options = {}) {
        const body = await this.#connection.json('/health/ready', { ...options, acceptStatus: 503 });
        return { ...body, ready: body.ready === true, checks: body.checks ?? [] };
    }
}
