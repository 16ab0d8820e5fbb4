/** The shapes of the HTTP API, as they stand in JSON. Times are ISO 8601; units are in the names. */
export {};
