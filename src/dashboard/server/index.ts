/** The page and its read API over HTTP. */
export { type RouteParts, routes } from './routes.ts';
export { buildServer, type Routes } from './server.ts';
