/** Admission: gives pods their proxy variables, refuses rule sets and proxies that are wrong. */
export { HttpError, type HttpErrorCode, httpErrors } from './http-errors.ts';
export { runWebhook } from './run-webhook.ts';
export {
  type StartingWebhook,
  startWebhook,
  type Webhook,
  type WebhookDependencies,
  type WebhookOptions,
} from './start-webhook.ts';
