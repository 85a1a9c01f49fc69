import { join } from 'node:path';
import { label } from '../../../src/api/index.ts';
import { type KubeClient, resources } from '../../../src/kube/index.ts';
import { createAuthority, issueServingCertificate } from '../../../src/tls/index.ts';
import type { ControlPlane } from '../../integration/support/control-plane.ts';
import { egressProxy, named } from '../../integration/support/webhook.ts';
import { SHOP } from '../admission/reviews.ts';
import { flagsOf, type RunningComponent, startComponent, writeAgentPair } from './running-components.ts';

/** An enforced namespace and its EgressProxy. */
export async function makeShop(client: KubeClient): Promise<void> {
  await client.create(resources.namespaces, named('v1', 'Namespace', 'egress-proxy'));
  await client.create(resources.namespaces, named('v1', 'Namespace', SHOP, { [label.mode]: 'enforce' }));
  const spec = { privateDestinations: 'Allow', privateCIDRs: ['203.0.113.0/24'] } as const;
  await client.create(
    resources.egressProxies,
    egressProxy('squid', { ...spec, privateCIDRs: [...spec.privateCIDRs] }, true),
  );
}

/** Starts a component, named `agent` or `agent 2`, before this API server. */
export async function startOne(plane: ControlPlane, folder: string, name: string): Promise<RunningComponent> {
  const own = join(folder, name.replace(' ', '-'));
  const [component] = name.split(' ') as ['webhook' | 'controller' | 'agent'];
  const now = Date.now();
  const authority = await createAuthority({ now });
  writeAgentPair(own, await issueServingCertificate({ now, authority, names: ['127.0.0.1'] }));
  return startComponent(folder, name, await flagsOf(component, plane.kubeconfig, own));
}
