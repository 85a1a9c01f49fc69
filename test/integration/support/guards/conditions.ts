import { setTimeout as sleep } from 'node:timers/promises';
import { MANAGER } from '../../../../src/api/index.ts';
import { notOnlyPods, notOnlyRedirect, whereEnforced } from '../../../../src/controller/admission/index.ts';
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
