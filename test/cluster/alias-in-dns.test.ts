import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply, eventually, inPod, kubectl, leaveNamespaces, startPods } from './support/client-pods.ts';

/** The way of docs/guide/corporate-networks.md for clients that get no hostAliases, on the cluster's own CoreDNS. */
const NAMESPACE = 'alias-in-dns';
const ALIAS = 'microsoft.intra.aibang.local';
const SERVICE = 'squid.egress-proxy.svc.cluster.local';
const DNS = '-n kube-system -l k8s-app=kube-dns';
const guide = readFileSync(
  new URL('../../docs/guide/corporate-networks.md', import.meta.url).pathname,
  'utf8',
);

let before: string;

/** The guide's block, for the proxy that is installed here. */
function serverBlock(): string {
  const [block] = /^microsoft\.intra\.aibang\.local:53 \{[^}]*^\}$/ms.exec(guide) ?? [];
  if (block === undefined) throw new Error('the guide has no server block for the alias');
  return block.replaceAll('squid-proxy.intra-proxy.svc.cluster.local', SERVICE);
}

async function corefile(): Promise<string> {
  return kubectl(`get configmap coredns -n kube-system -o jsonpath='{.data.Corefile}'`);
}

async function writeCorefile(text: string): Promise<void> {
  await apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'coredns', namespace: 'kube-system' },
    data: { Corefile: text },
  });
  const before = await kubectl(`get pods ${DNS} -o name`);
  await kubectl('rollout restart deployment/kube-dns -n kube-system');
  await kubectl('rollout status deployment/kube-dns -n kube-system --timeout=120s', '', 130);
  // Until it is gone, the one of before may be asked.
  await kubectl(`wait -n kube-system --for=delete ${before.trim().split('\n').join(' ')} --timeout=60s`);
}

beforeAll(async () => {
  await startPods({ namespace: NAMESPACE, mode: 'observe', pods: [{ name: 'client' }] });
  before = await corefile();
});

afterAll(async () => {
  if (before !== undefined) await writeCorefile(before);
  await leaveNamespaces(NAMESPACE);
});

describe('an alias in CoreDNS', () => {
  const lookUp = async (name: string) =>
    (await inPod(`${NAMESPACE}/client`, `dig +short ${name} A`)).stdout.trim();

  test('is not known before', async () => {
    expect(await lookUp(ALIAS)).toBe('');
  });

  test('by the block of the guide leads to the Service, and the proxy answers under it', async () => {
    await writeCorefile(`${before}\n${serverBlock()}\n`);
    const address = await kubectl(`get service squid -n egress-proxy -o jsonpath='{.spec.clusterIP}'`);
    expect(await eventually(() => lookUp(ALIAS), address)).toBe(address);
    const call = `curl -s -o /dev/null -w '%{http_code}' -m 10 -x http://${ALIAS}:3128 http://example.com/`;
    const status = async () => (await inPod(`${NAMESPACE}/client`, call)).stdout;
    expect(await eventually(status, '200')).toBe('200');
  });

  test('the other names are answered as before', async () => {
    const name = 'kubernetes.default.svc.cluster.local';
    expect(await eventually(() => lookUp(name), '10.96.0.1')).toBe('10.96.0.1');
  });
});
