import { MANAGER } from '../../../../src/api/index.ts';
import { notOnlyPods, notOnlyRedirect, whereEnforced } from '../../../../src/controller/admission/index.ts';
import type { KubeClient } from '../../../../src/kube/index.ts';

export interface ClusterFacts {
  podCIDRs: string[];
  enforcedByDefault: boolean;
  /** Of the product, for transparent mode. */
  images?: string[];
  /** Namespaces that the default leaves out. */
  except: string[];
}

/**
 * Tells the guards of the cluster as the controller does. kubectl's server-side apply would not do: it takes over what
 * its client-side apply owned, so that the next one removes it.
 */
export async function setConditions(client: KubeClient, facts: ClusterFacts): Promise<void> {
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
