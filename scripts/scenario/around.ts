import type { Chapter } from './chapter.ts';

/** An address of the internet simulator that answers on 80 and 443. */
const OUTSIDE = '203.0.113.10';

export const noWayAround: Chapter = {
  title: 'A connection around the proxy is dropped; DNS and calls inside the cluster work',
  async execute(run) {
    const direct = await run.exec(
      'my-app/api',
      `curl --noproxy '*' -sS -o /dev/null -m 3 -w '%{http_code}' http://${OUTSIDE}/`,
    );
    run.check('direct, by address: dropped', direct.code !== 0 && direct.stdout === '000', direct.stdout);
    const control = await run.exec(
      'bystander/other',
      `curl --noproxy '*' -sS -o /dev/null -m 5 -w '%{http_code}' http://${OUTSIDE}/`,
    );
    run.check(
      'the same from a namespace that did not opt in: passes',
      control.stdout === '200',
      control.stderr,
    );
    const literal = await run.exec('my-app/api', `curl -sS -m 5 http://${OUTSIDE}/`);
    run.check(
      'through the proxy, by address: refused',
      literal.stdout.includes(`may not reach ${OUTSIDE}:80`),
      literal.stdout,
    );
    const dns = await run.exec('my-app/api', 'getent hosts kubernetes.default.svc.cluster.local');
    run.check('DNS works', dns.code === 0, dns.stderr);
    const inside = await run.exec(
      'my-app/api',
      `curl -sS -o /dev/null -m 5 -w '%{http_code}' http://kube-dns.kube-system.svc.cluster.local:9153/metrics`,
    );
    run.check(
      'a Service of the cluster answers, not through the proxy',
      inside.stdout === '200',
      inside.stderr,
    );
  },
};

/** Until the API server has taken in that team-dev has this right. */
const mayNow = (right: string) =>
  `for i in $(seq 100); do kubectl auth can-i ${right} -n my-app --as=team-dev -q && break; sleep 0.2; done`;

export const guards: Chapter = {
  title:
    'Pods, policies and labels that would bypass the proxy are refused at admission, by the API server itself',
  async execute(run) {
    const team = '--as=team-dev --as-group=system:authenticated';
    await run.sh(
      `kubectl create rolebinding team-dev -n my-app --clusterrole=admin --user=team-dev --dry-run=client -o yaml | kubectl apply -f -`,
      { show: 2 },
    );
    await run.sh(mayNow('create pods'), { show: 0 });
    const hostNetwork = await run.sh(
      `kubectl run escape -n my-app --image=busybox:1 --overrides='{"spec":{"hostNetwork":true}}' ${team}`,
    );
    run.check(
      'a hostNetwork pod is refused',
      hostNetwork.code !== 0 && hostNetwork.stderr.includes('hostNetwork'),
      hostNetwork.stderr,
    );
    const widening = `{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"open","namespace":"my-app"},"spec":{"podSelector":{},"policyTypes":["Egress"],"egress":[{}]}}`;
    const policy = await run.sh(`echo '${widening}' | kubectl apply -f - ${team}`);
    run.check('a NetworkPolicy that opens everything is refused', policy.code !== 0, policy.stdout);
    await run.sh(
      `kubectl create clusterrole ns-editor --verb=get,patch,update --resource=namespaces --dry-run=client -o yaml | kubectl apply -f - && kubectl create clusterrolebinding ns-editor --clusterrole=ns-editor --user=team-dev --dry-run=client -o yaml | kubectl apply -f -`,
      { show: 0 },
    );
    await run.sh(mayNow('patch namespaces'), { show: 0 });
    const label = await run.sh(`kubectl label namespace my-app egress.zalando.org/mode- ${team}`);
    run.check(
      'removing the label of the mode is refused',
      label.code !== 0 && label.stderr.includes('bypass'),
      label.stderr,
    );
    await run.sh('kubectl delete clusterrolebinding/ns-editor clusterrole/ns-editor', { show: 0 });
  },
};
