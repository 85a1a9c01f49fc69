/** The HTTPS server of an admission webhook: reviews in, verdicts of handlers out. */
export type { AdmissionRequest, Operation } from './admission-review.ts';
export { DecisionLog } from './decision-log.ts';
export { httpErrors } from './errors.ts';
export { allowed, type Cause, type Handler, type Verdict } from './handler.ts';
export { registerMetrics, type WebhookMetrics } from './metrics.ts';
export { buildServer, drainServer, type ServerOptions, useCertificate } from './server.ts';
