import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply, eventually, inPod, kubectl, leaveNamespaces, startPods } from './support/client-pods.ts';

const NAMESPACE = 'strict';
const BESIDE = 'strict-beside';
const POD = `${NAMESPACE}/api`;
/** A Service of the cluster that answers every client: CoreDNS' metrics. */
const SERVICE = 'http://kube-dns.kube-system.svc.cluster.local:9153/metrics';
const API_SERVER = 'https://kubernetes.default.svc.cluster.local/livez';
const METADATA = '169.254.169.254';

/** The HTTP status without a proxy; 000 where no connection comes about. */
async function direct(pod: string, url: string): Promise<string> {
  const { stdout } = await inPod(pod, `curl --noproxy '*' -sk -o /dev/null -m 3 -w '%{http_code}' ${url}`);
  return stdout;
}

/** The status of a plain request through the proxy, and what the proxy says of its decision. */
async function proxied(url: string): Promise<{ status: string; decision: string }> {
  const { stdout } = await inPod(POD, `curl -s -m 10 -o /dev/null -D - ${url} | tr -d '\\r'`);
  return {
    status: /^HTTP\/\S+ (\d+)/.exec(stdout)?.[1] ?? 'none',
    decision: /^x-egress-decision: (.*)$/im.exec(stdout)?.[1] ?? '',
  };
}

beforeAll(async () => {
  await Promise.all([
    startPods({
      namespace: NAMESPACE,
      mode: 'enforce',
      annotations: { 'egress.zalando.org/in-cluster-traffic': 'deny' },
      pods: [{ name: 'api' }],
    }),
    startPods({ namespace: BESIDE, pods: [{ name: 'api' }] }),
  ]);
  await apply({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'rules', namespace: NAMESPACE },
    spec: { targets: ['a.example.com:80', 'metadata.example.com:80', `${METADATA}:80`] },
  });
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/rules --timeout=30s`);
});
afterAll(async () => {
  await leaveNamespaces(NAMESPACE, BESIDE);
});

describe('in-cluster-traffic: deny', () => {
  test('DNS and the proxy work', async () => {
    const dns = await inPod(POD, 'getent hosts kube-dns.kube-system.svc.cluster.local');
    expect(dns.code, dns.stderr).toBe(0);
    expect((await proxied('http://a.example.com/')).status).toBe('200');
  });

  test('a Service of the cluster and the API server are closed, which others reach', async () => {
    expect(await direct(`${BESIDE}/api`, SERVICE)).toBe('200');
    expect(await direct(`${BESIDE}/api`, API_SERVER)).not.toBe('000');
    expect(await Promise.all([direct(POD, SERVICE), direct(POD, API_SERVER)])).toEqual(['000', '000']);
  });

  test('api-server: allow opens the API server and nothing else', async () => {
    await kubectl(`annotate namespace ${NAMESPACE} egress.zalando.org/api-server=allow`);
    const reached = async () => (await direct(POD, API_SERVER)) !== '000';
    expect(await eventually(reached, true)).toBe(true);
    expect(await direct(POD, SERVICE)).toBe('000');
    await kubectl(`annotate namespace ${NAMESPACE} egress.zalando.org/api-server-`);
    expect(await eventually(reached, false)).toBe(false);
  });
});

describe('the metadata address', () => {
  test('cannot be reached directly', async () => {
    expect(await direct(POD, `http://${METADATA}/`)).toBe('000');
  });

  test('nor through the proxy, by address or by a name that leads to it, whatever a rule says', async () => {
    for (const host of [METADATA, 'metadata.example.com']) {
      const { status, decision } = await proxied(`http://${host}/`);
      expect(status, host).toBe('403');
      expect(decision, host).toContain('PrivateDestination');
    }
  });
});
