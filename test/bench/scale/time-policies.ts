import { setTimeout as sleep } from 'node:timers/promises';
import { NAMESPACE_POLICY } from '../../../src/enforcement/index.ts';
import { type KubeClient, type NetworkPolicy, resources } from '../../../src/kube/index.ts';

export interface PolicyTimes {
  /** Milliseconds from the call until each namespace had its policy, in the order of time. */
  closed(): number[];
  stop(): Promise<void>;
}

/** Watches the policies that close namespaces. They are counted from the call on. */
export async function timePolicies(client: KubeClient): Promise<PolicyTimes> {
  const selection = { fieldSelector: `metadata.name=${NAMESPACE_POLICY}` };
  const { resourceVersion } = await client.list(resources.networkPolicies, selection);
  const begun = performance.now();
  const times = new Map<string, number>();
  const end = new AbortController();
  const follow = async () => {
    const options = { ...selection, resourceVersion, timeoutSeconds: 3600, idleTimeoutMs: 3_600_000 };
    const watching = { ...options, signal: end.signal };
    const namespaceOf = ({ metadata }: NetworkPolicy) => metadata.namespace ?? '';
    for await (const { type, object } of client.watch(resources.networkPolicies, watching, namespaceOf)) {
      if (type === 'ADDED') times.set(object, performance.now() - begun);
    }
  };
  const following = follow().catch((error) => {
    if (!end.signal.aborted) throw error;
  });
  return {
    closed: () => [...times.values()],
    async stop() {
      end.abort();
      await following;
    },
  };
}

/** Resolves when `count` namespaces are closed; rejects after `limitMs`. */
export async function untilClosed(
  policies: PolicyTimes,
  count: number,
  { limitMs, progress }: { limitMs: number; progress: (closed: number) => void },
): Promise<void> {
  const end = performance.now() + limitMs;
  for (let told = performance.now(); policies.closed().length < count; await sleep(100)) {
    if (performance.now() > end)
      throw new Error(
        `${policies.closed().length} of ${count} namespaces were closed in ${limitMs / 1000} s`,
      );
    if (performance.now() - told < 5000) continue;
    told = performance.now();
    progress(policies.closed().length);
  }
}
