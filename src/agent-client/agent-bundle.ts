import type { MutatingWebhookConfiguration } from '../kube/index.ts';

/** Returns the CA certificates that verify agents, PEM: those that the API server verifies the webhook with. */
export function readAgentBundle(podWebhooks: MutatingWebhookConfiguration | undefined): string | undefined {
  const base64 = podWebhooks?.webhooks?.[0]?.clientConfig.caBundle;
  return base64 ? Buffer.from(base64, 'base64').toString() : undefined;
}
