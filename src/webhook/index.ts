/** Admission webhook: injects the proxy variables into pods, validates rule sets and proxies. */
export { runWebhook } from './run-webhook.ts';
export {
  type StartingWebhook,
  startWebhook,
  type Webhook,
  type WebhookDependencies,
  type WebhookOptions,
} from './start-webhook.ts';
