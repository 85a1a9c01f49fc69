import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { namespaceManifest } from '../../scripts/scenario/stage.ts';

const NAMESPACE = 'leaving';
const root = new URL('../../', import.meta.url).pathname;

function kubectl(args: string, input = '') {
  return bash(`cd ${root} && kubectl ${args}`, { input, timeoutSeconds: 150 });
}

function ruleSet(name: string): string {
  return JSON.stringify({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name, namespace: NAMESPACE },
    spec: { targets: ['example.com:443'] },
  });
}

/** No step of the uninstall may depend on the webhook: its pods are gone during all of this. */
describe('with the webhook dead', () => {
  beforeAll(async () => {
    await kubectl('apply -f -', namespaceManifest({ namespace: NAMESPACE, mode: 'enforce' }));
    for (const name of ['one', 'two']) {
      const applied = await kubectl('apply -f -', ruleSet(name));
      expect(applied.code, applied.stderr).toBe(0);
    }
    await kubectl('scale -n kube-egress-system deployment/kube-egress-webhook --replicas=0');
    await kubectl(
      'wait -n kube-egress-system --for=delete pod -l egress.zalando.org/component=webhook --timeout=90s',
    );
  });

  afterAll(async () => {
    const installed = await bash(`cd ${root} && scripts/install`, { timeoutSeconds: 280 });
    if (installed.code !== 0) throw new Error(installed.stderr);
  });

  test('a pod is still admitted, without the variables', async () => {
    const pod = await kubectl(
      `run plain -n ${NAMESPACE} --image=localhost/egress-client:dev --overrides='{"spec":{"terminationGracePeriodSeconds":0}}' --command -o json -- sleep infinity`,
    );
    expect(pod.code, pod.stderr).toBe(0);
    expect(pod.stdout).not.toContain('HTTPS_PROXY');
  });

  test('a new rule set is refused, since no webhook has checked it', async () => {
    const refused = await kubectl('apply -f -', ruleSet('three'));
    expect(refused.stderr).toContain('failed calling webhook');
    expect(refused.code).not.toBe(0);
  });

  test('a rule set can be deleted', async () => {
    const deleted = await kubectl(`delete egressruleset one -n ${NAMESPACE} --timeout=30s`);
    expect(deleted.code, deleted.stderr).toBe(0);
  });

  test('a namespace with rule sets can be deleted', async () => {
    const deleted = await kubectl(`delete namespace ${NAMESPACE} --timeout=90s`);
    expect(deleted.code, deleted.stderr).toBe(0);
  });

  test('kubectl delete -k goes through and leaves no webhook configuration and no CRD', async () => {
    const deleted = await kubectl(
      'delete -k scripts/local-cluster/overlay --ignore-not-found --timeout=120s',
    );
    expect(deleted.code, deleted.stderr).toBe(0);
    const left = await kubectl(
      `get crd,mutatingwebhookconfigurations,validatingwebhookconfigurations,validatingadmissionpolicies -o name | grep -E 'zalando.org|kube-egress'; true`,
    );
    expect(left.stdout).toBe('');
  });
});
