import type { EgressRuleSet } from '../../../../src/api/index.ts';
import { trimRuleSet } from '../../../../src/cluster/index.ts';
import { KubeClient, resources, UnreachableError } from '../../../../src/kube/index.ts';

/** Watches the rule sets of an API server without TLS and credentials, as an agent does, until that ends. */
export async function watchRuleSets(
  server: string,
  take: (type: 'ADDED' | 'MODIFIED' | 'DELETED', ruleSet: EgressRuleSet) => void,
): Promise<void> {
  const client = new KubeClient({ server, credentials: async () => ({ headers: {} }) });
  const hour = 3600;
  const options = { resourceVersion: '0', timeoutSeconds: hour, idleTimeoutMs: hour * 1000 };
  try {
    for await (const event of client.watch(resources.egressRuleSets, options, trimRuleSet)) {
      if (event.type !== 'BOOKMARK') take(event.type, event.object);
    }
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
  } finally {
    await client.close();
  }
}
