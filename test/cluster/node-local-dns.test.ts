import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientImage } from '../../scripts/scenario/stage.ts';
import { apply, eventually, inPod, kubectl, leaveNamespaces, startPods } from './support/client-pods.ts';

/** NodeLocal DNSCache as its project lays it out: an address of each node's own, a cache on the host network. */
const CACHE = '169.254.20.10';
const METADATA = '169.254.169.254';
const NAMESPACE = 'node-local';
const POD = `${NAMESPACE}/cached`;
const corefile = `. {
    bind ${CACHE}
    forward . 10.96.0.10
    prometheus ${CACHE}:9253
}
`;
const metadata = { name: 'node-local-dns', namespace: 'kube-system' };
const labels = { 'k8s-app': 'node-local-dns' };

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: corefile } };
const daemonSet = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata,
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        hostNetwork: true,
        dnsPolicy: 'Default',
        terminationGracePeriodSeconds: 0,
        tolerations: [{ operator: 'Exists' }],
        initContainers: [
          {
            name: 'address',
            image: clientImage,
            command: ['ip', 'address', 'replace', `${CACHE}/32`, 'dev', 'lo'],
            securityContext: { capabilities: { add: ['NET_ADMIN'] } },
          },
        ],
        containers: [
          {
            name: 'cache',
            image: 'localhost/coredns:dev',
            args: ['-conf', '/etc/coredns/Corefile'],
            volumeMounts: [{ name: 'config', mountPath: '/etc/coredns' }],
          },
        ],
        volumes: [{ name: 'config', configMap: { name: metadata.name } }],
      },
    },
  },
};

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
  await apply(configMap);
  await apply(daemonSet);
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
  await kubectl('rollout status -n kube-system daemonset/node-local-dns --timeout=60s');
});
afterAll(async () => {
  await kubectl('delete -n kube-system daemonset/node-local-dns configmap/node-local-dns --ignore-not-found');
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
