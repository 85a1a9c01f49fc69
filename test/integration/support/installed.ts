import { networkInterfaces } from 'node:os';
import { resources } from '../../../src/kube/index.ts';
import { until } from '../../support/until.ts';
import type { ControlPlane } from './control-plane.ts';
import {
  mayList,
  PRODUCT,
  type RunningController,
  type RunOptions,
  runController,
} from './running-controller.ts';
import { spawnWebhook } from './webhook.ts';

/** What the Deployments of an applied overlay would run: nothing here starts pods. */
export interface Installed {
  readonly controller: RunningController;
  /** Where the webhook that was started listens. */
  readonly webhookAddress: { host: string; port: number };
  /** Resolves when the webhook configurations have the caBundle, and the certificate is there. */
  untilTrusted(): Promise<void>;
  /** Starts the webhook, makes it the endpoint of its Service, and reports the Deployments as available. */
  startWebhook(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the controller with the rights of its ServiceAccount, which the overlay has given. */
export async function runInstalled(plane: ControlPlane, options: RunOptions = {}): Promise<Installed> {
  const { client } = plane;
  await until('the roles count', () => mayList(plane, resources.egressProxies));
  const controller = runController(plane, 'controller-0', options);
  let webhook: Awaited<ReturnType<typeof spawnWebhook>> | undefined;
  return {
    controller,
    get webhookAddress() {
      return { host: ownAddress(), port: webhook?.port ?? 0 };
    },
    untilTrusted: async () => {
      await until('the caBundle', async () => {
        const name = 'kube-egress-rules';
        const { webhooks = [] } = await client.get(resources.validatingWebhookConfigurations, { name });
        return webhooks.every(({ clientConfig }) => clientConfig.caBundle);
      });
    },
    async startWebhook() {
      webhook = await spawnWebhook(plane);
      await client.create(resources.endpointSlices, {
        metadata: {
          name: 'kube-egress-webhook',
          namespace: PRODUCT,
          labels: { 'kubernetes.io/service-name': 'kube-egress-webhook' },
        },
        addressType: 'IPv4',
        endpoints: [{ addresses: [ownAddress()], conditions: { ready: true } }],
        ports: [{ name: 'https', port: webhook.port, protocol: 'TCP' }],
      });
      await reportAvailable(plane);
    },
    async stop() {
      await controller.stop();
      await webhook?.kill();
    },
  };
}

/** Loopback is refused in endpoints. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined) throw new Error('this machine has no IPv4 address but loopback');
  return found.address;
}

async function reportAvailable({ client }: ControlPlane): Promise<void> {
  const { items } = await client.list(resources.deployments, { namespace: PRODUCT });
  for (const { metadata } of items) {
    const address = { namespace: PRODUCT, name: metadata.name, subresource: 'status' };
    const conditions = [{ type: 'Available', status: 'True' }];
    await client.patch(resources.deployments, address, { status: { conditions } });
  }
}
