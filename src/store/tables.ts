/** The rows as the database has them. Filled in by the store. */
export type Tables = Record<string, never>
