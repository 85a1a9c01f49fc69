import type { Chapter } from './story.ts';

/** An address of the internet simulator that answers on 80 and 443. */
const OUTSIDE = '203.0.113.10';

export const noWayAround: Chapter = {
  title: 'A connection around the proxy is dropped; DNS and calls inside the cluster work',
  async tell(story) {
    const direct = await story.exec(
      'my-app/api',
      `curl --noproxy '*' -sS -o /dev/null -m 3 -w '%{http_code}' http://${OUTSIDE}/`,
    );
    story.check('direct, by address: dropped', direct.code !== 0 && direct.stdout === '000', direct.stdout);
    const control = await story.exec(
      'bystander/other',
      `curl --noproxy '*' -sS -o /dev/null -m 5 -w '%{http_code}' http://${OUTSIDE}/`,
    );
    story.check(
      'the same from a namespace that did not opt in: passes',
      control.stdout === '200',
      control.stderr,
    );
    const literal = await story.exec('my-app/api', `curl -sS -m 5 http://${OUTSIDE}/`);
    story.check(
      'through the proxy, by address: refused',
      literal.stdout.includes(`may not reach ${OUTSIDE}:80`),
      literal.stdout,
    );
    const dns = await story.exec('my-app/api', 'getent hosts kubernetes.default.svc.cluster.local');
    story.check('DNS works', dns.code === 0, dns.stderr);
    const inside = await story.exec(
      'my-app/api',
      `curl -sS -o /dev/null -m 5 -w '%{http_code}' http://kube-dns.kube-system.svc.cluster.local:9153/metrics`,
    );
    story.check(
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
  title: 'What would get around it is refused at admission, also with the webhook down',
  async tell(story) {
    const team = '--as=team-dev --as-group=system:authenticated';
    await story.sh(
      `kubectl create rolebinding team-dev -n my-app --clusterrole=admin --user=team-dev --dry-run=client -o yaml | kubectl apply -f -`,
      { show: 2 },
    );
    await story.sh(mayNow('create pods'), { show: 0 });
    const hostNetwork = await story.sh(
      `kubectl run escape -n my-app --image=busybox:1 --overrides='{"spec":{"hostNetwork":true}}' ${team}`,
    );
    story.check(
      'a hostNetwork pod',
      hostNetwork.code !== 0 && hostNetwork.stderr.includes('hostNetwork'),
      hostNetwork.stderr,
    );
    const widening = `{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"open","namespace":"my-app"},"spec":{"podSelector":{},"policyTypes":["Egress"],"egress":[{}]}}`;
    const policy = await story.sh(`echo '${widening}' | kubectl apply -f - ${team}`);
    story.check('a NetworkPolicy that opens everything', policy.code !== 0, policy.stdout);
    await story.sh(
      `kubectl create clusterrole ns-editor --verb=get,patch,update --resource=namespaces --dry-run=client -o yaml | kubectl apply -f - && kubectl create clusterrolebinding ns-editor --clusterrole=ns-editor --user=team-dev --dry-run=client -o yaml | kubectl apply -f -`,
      { show: 0 },
    );
    await story.sh(mayNow('patch namespaces'), { show: 0 });
    const label = await story.sh(`kubectl label namespace my-app egress.zalando.org/mode- ${team}`);
    story.check(
      'taking our label off the namespace',
      label.code !== 0 && label.stderr.includes('bypass'),
      label.stderr,
    );
    await story.sh('kubectl delete clusterrolebinding/ns-editor clusterrole/ns-editor', { show: 0 });
  },
};
