import { setTimeout as sleep } from 'node:timers/promises';
import { API_VERSION, MANAGER } from '../../../../src/api/index.ts';
import {
  notOnlyPods,
  notOnlyRedirect,
  strictSelector,
  whereEnforced,
} from '../../../../src/controller/admission/index.ts';
import type { KubeClient } from '../../../../src/kube/index.ts';

export interface ClusterFacts {
  podCIDRs: string[];
  enforcedByDefault: boolean;
  /** Images of the product, for transparent mode. */
  images?: string[];
  /** Namespaces that the default proxy does not serve. */
  except: string[];
}

/**
 * Writes the facts into the guards as the controller does. kubectl's server-side apply does not work here: it takes over
 * the fields that client-side apply owned, so that the next client-side apply removes them.
 */
export async function setConditions(client: KubeClient, facts: ClusterFacts): Promise<void> {
  // kubectl before this ran synchronously: let Node see which connections the API server has closed meanwhile.
  await sleep(10);
  const byDefault = { active: facts.enforcedByDefault, except: facts.except };
  await addCondition('kube-egress-capabilities', 'not-only-redirect', notOnlyRedirect(facts.images ?? []));
  await addCondition('kube-egress-endpoints', 'not-only-pods', notOnlyPods(facts.podCIDRs));
  await addCondition('kube-egress-namespaces', 'where-enforced', whereEnforced(byDefault));
  await selectStrict();

  /** `egress-proxy.strict` has `inClusterTraffic: Deny`; the default proxy has not. */
  async function selectStrict(): Promise<void> {
    const strict = {
      apiVersion: API_VERSION,
      kind: 'EgressProxy' as const,
      metadata: { name: 'strict', namespace: 'egress-proxy' },
      spec: { inClusterTraffic: 'Deny' as const },
    };
    const input = {
      defaultProxy: undefined,
      productNamespace: 'kube-egress-system',
      enforcedByLabel: new Set(''),
    };
    const namespaceSelector = strictSelector(input, [strict]);
    const matchResources = { matchPolicy: 'Equivalent', objectSelector: {}, namespaceSelector };
    const binding = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: 'kube-egress-strict-mode' },
      spec: { matchResources },
    };
    await client.apply(binding, { fieldManager: MANAGER, force: true });
  }

  async function addCondition(policy: string, name: string, expression: string): Promise<void> {
    const desired = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: policy },
      spec: { matchConditions: [{ name, expression }] },
    };
    await client.apply(desired, { fieldManager: MANAGER, force: true });
  }
}
