/** Placeholder until `npm run api` writes the types of /openapi.json here. */
export type paths = Record<never, never>
