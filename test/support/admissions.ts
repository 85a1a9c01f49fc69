import type { KubeClient } from '../../src/kube/index.ts';
import { RepeatedAttempt } from './repeated-attempt.ts';

const dryRun = { method: 'POST', query: { dryRun: 'All' } } as const;

/** Whether a new pod of the namespace gets the variables: while the webhook cannot be called, it is admitted without them. */
export async function createPod(client: KubeClient, namespace: string): Promise<boolean> {
  const body = { metadata: { name: 'new' }, spec: { containers: [{ name: 'app', image: 'app' }] } };
  const pod = await client.raw(`/api/v1/namespaces/${namespace}/pods`, { ...dryRun, body });
  return JSON.stringify(pod).includes('HTTPS_PROXY');
}

/** Rejects unless the webhook can be called: failurePolicy is Fail. */
export async function createRuleSet(client: KubeClient, namespace: string): Promise<boolean> {
  const body = {
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'new' },
    spec: { targets: ['example.com:443'] },
  };
  await client.raw(`/apis/zalando.org/v1/namespaces/${namespace}/egressrulesets`, { ...dryRun, body });
  return true;
}

/** Creates pods and rule sets, as dry runs, until they are stopped; `pauseMs` between two of a kind, by default none. */
export function admitRepeatedly(
  client: KubeClient,
  namespace: string,
  pace: { pauseMs?: number } = {},
): RepeatedAttempt[] {
  return [
    new RepeatedAttempt('pod', () => createPod(client, namespace), pace),
    new RepeatedAttempt('rule set', () => createRuleSet(client, namespace), pace),
  ];
}
