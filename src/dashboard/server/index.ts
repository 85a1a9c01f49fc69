/** HTTP server of the page and its API. */
export type { Routes } from './read-api.ts';
export { createRoutes, createSimulate, type RoutesOptions } from './routes.ts';
export { buildServer } from './server.ts';
