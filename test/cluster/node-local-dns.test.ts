import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientImage } from '../../scripts/scenario/stage.ts';
import { apply, eventually, inPod, kubectl, leaveNamespaces, startPods } from './support/client-pods.ts';
import { CACHE, removeNodeLocalDns, startNodeLocalDns } from './support/node-local-dns.ts';

const METADATA = '169.254.169.254';
const NAMESPACE = 'node-local';
const POD = `${NAMESPACE}/cached`;

/** Resolves by the node's cache alone. */
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'cached', namespace: NAMESPACE, labels: { app: 'cached' } },
  spec: {
    terminationGracePeriodSeconds: 0,
    dnsPolicy: 'None',
    dnsConfig: { nameservers: [CACHE], options: [{ name: 'timeout', value: '2' }] },
    containers: [{ name: 'main', image: clientImage, command: ['sleep', 'infinity'] }],
  },
};

/** The answer of a nameserver, by UDP or TCP; empty where there is none. */
async function ask(server: string, flag = '+notcp'): Promise<string> {
  const { stdout } = await inPod(
    POD,
    `dig +short +time=2 +tries=1 ${flag} @${server} cached.example.com || true`,
  );
  return stdout.replaceAll(/^;.*\n/gm, '').trim();
}

async function reaches(url: string): Promise<string> {
  return (await inPod(POD, `curl --noproxy '*' -s -o /dev/null -m 3 -w '%{http_code}' ${url}`)).stdout;
}

beforeAll(async () => {
  await startNodeLocalDns();
  await startPods({ namespace: NAMESPACE, mode: 'enforce', pods: [] });
  await apply(pod);
  await apply({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'rules', namespace: NAMESPACE },
    spec: { targets: ['cached.example.com:80'] },
  });
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Ready pod/cached --timeout=60s`);
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/rules --timeout=30s`);
});
afterAll(async () => {
  await removeNodeLocalDns();
  await leaveNamespaces(NAMESPACE);
});

describe('NodeLocal DNSCache', () => {
  test('is found, and a pod that asks no other DNS server resolves and gets out through the proxy', async () => {
    expect(await eventually(() => ask(CACHE), '203.0.113.10')).toBe('203.0.113.10');
    expect(await eventually(() => ask(CACHE, '+tcp'), '203.0.113.10')).toBe('203.0.113.10');
    const call = `curl -s -o /dev/null -m 10 -w '%{http_code}' http://cached.example.com/`;
    expect(await eventually(async () => (await inPod(POD, call)).stdout, '200')).toBe('200');
  });

  test('no other port of it is open, nor any other link-local address', async () => {
    const calls = [reaches(`http://${CACHE}:9253/metrics`), reaches(`http://${METADATA}/`)];
    const questions = [ask(METADATA), ask('169.254.20.11')];
    expect(await Promise.all(calls)).toEqual(['000', '000']);
    expect(await Promise.all(questions)).toEqual(['', '']);
  });

  test('closes when its configuration goes', async () => {
    await kubectl('delete -n kube-system configmap/node-local-dns');
    expect(await eventually(() => ask(CACHE), '')).toBe('');
  });
});
