import { type KubeClient, resources } from '../../../src/kube/index.ts';
import type { ControlPlane } from '../../integration/support/control-plane.ts';
import { named } from '../../integration/support/webhook.ts';
import { SHOP } from './reviews.ts';

/** The secret part of the path under which Pepr answers. */
export const PEPR_PATH = 'bench';

/** As the product's own pods get them, for a proxy `squid` in `egress-proxy`. */
const url = 'http://squid.egress-proxy.svc.cluster.local:3128';
const noProxy = '.cluster.local,.svc,.svc.cluster.local,127.0.0.1,::1,localhost';
const variables = {
  HTTP_PROXY: url,
  http_proxy: url,
  HTTPS_PROXY: url,
  https_proxy: url,
  NO_PROXY: noProxy,
  no_proxy: noProxy,
};

/** What Pepr's installation makes before its controller starts: its namespace, and the kind of its store. */
export async function preparePepr(client: KubeClient): Promise<void> {
  await client.create(resources.namespaces, named('v1', 'Namespace', 'pepr-system'));
  await client.apply(storeDefinition, { fieldManager: 'bench', force: true });
}

/** Environment of the controller's process. Its log has the level that Pepr sets. */
export function peprEnvironment(plane: ControlPlane, cert: string, key: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    KUBECONFIG: plane.kubeconfig,
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
    SSL_CERT_PATH: cert,
    SSL_KEY_PATH: key,
    PEPR_API_PATH: PEPR_PATH,
    PEER_NAMESPACE: SHOP,
    PEER_VARIABLES: JSON.stringify(variables),
  };
}

const storeDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'peprstores.pepr.dev' },
  spec: {
    group: 'pepr.dev',
    scope: 'Namespaced',
    names: { plural: 'peprstores', singular: 'peprstore', kind: 'PeprStore' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { data: { type: 'object', additionalProperties: { type: 'string' } } },
          },
        },
      },
    ],
  },
};
