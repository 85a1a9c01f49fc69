/** The agent's API for controller and dashboard, and the certificate that it is served with. */
export { ApiServer, type ApiServerOptions } from './api-server.ts';
export { CallerReview } from './caller-review.ts';
export { watchMountedFiles } from './mounted-files.ts';
