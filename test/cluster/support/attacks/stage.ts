import { bash, type Outcome } from '../../../../scripts/scenario/shell.ts';
import { eventually, makeNamespace } from '../client-pods.ts';

/** A tenant with the role admin in the test's namespaces and nothing else. */
export const TENANT = '--as=attack-tenant --as-group=system:authenticated';

export function kubectl(args: string, object?: unknown, timeoutSeconds = 90): Promise<Outcome> {
  const input = object === undefined || typeof object === 'string' ? (object ?? '') : JSON.stringify(object);
  return bash(`kubectl ${args}`, { input, timeoutSeconds });
}

/** As `kubectl`, and throws when it fails. */
export async function must(args: string, object?: unknown): Promise<string> {
  const ran = await kubectl(args, object);
  if (ran.code !== 0) throw new Error(`kubectl ${args}: ${ran.stderr}`);
  return ran.stdout;
}

/** A fresh namespace whose admin is the tenant. */
export async function startStage(
  namespace: string,
  mode?: 'enforce' | 'observe',
  annotations: Record<string, string> = {},
): Promise<void> {
  await must(`delete namespace ${namespace} --ignore-not-found --timeout=60s`);
  await makeNamespace({ namespace, ...(mode === undefined ? {} : { mode }), annotations });
  await must('apply -f -', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'tenant', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'attack-tenant' }],
  });
  if (mode === 'enforce')
    await must(`wait -n ${namespace} --for=create networkpolicy/enforce-egress-proxy --timeout=60s`);
}

/** Returns when the API server gives the tenant this right: it learns of a new binding a moment later. */
export async function tenantMay(right: string): Promise<void> {
  const answer = async () => (await kubectl(`auth can-i ${right} ${TENANT}`)).stdout.trim();
  if ((await eventually(answer, 'yes')) !== 'yes') throw new Error(`the tenant may not ${right}`);
}

/** A pod with the product's image, for its Node, and scripts in /scripts. */
export async function startNodePod(
  namespace: string,
  name: string,
  scripts: Record<string, string>,
  command = ['sleep', 'infinity'],
): Promise<void> {
  const image = await must(
    `get deployment kube-egress-controller -n kube-egress-system -o jsonpath='{.spec.template.spec.containers[0].image}'`,
  );
  const volumeMounts = [{ name: 'scripts', mountPath: '/scripts' }];
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image, command, volumeMounts }],
      volumes: [{ name: 'scripts', configMap: { name } }],
    },
  };
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: scripts };
  await must('apply -f -', { apiVersion: 'v1', kind: 'List', items: [configMap, pod] });
  await must(`wait -n ${namespace} --for=condition=Ready pod/${name} --timeout=60s`);
}

/** Returns when every ready replica decides by it. */
export async function ruleSet(namespace: string, name: string, targets: string[]): Promise<void> {
  const metadata = { name, namespace };
  await must('apply -f -', {
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata,
    spec: { targets },
  });
  await must(`wait -n ${namespace} --for=condition=Programmed egressruleset/${name} --timeout=30s`);
}
