import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { pod, service } from './support/attacks/attempts.ts';
import { must, startStage } from './support/attacks/stage.ts';
import { eventually, inPod, leaveNamespaces } from './support/client-pods.ts';

/** The namespace of the platform has no label of ours; the other one is enforced. */
const [PLATFORM, ENFORCED] = ['host-network', 'host-network-clients'];
const EXPORTER = `http://exporter.${PLATFORM}.svc.cluster.local:9100/`;
const PROXY = 'egressproxy squid -n egress-proxy';

beforeAll(async () => {
  await Promise.all([startStage(PLATFORM), startStage(ENFORCED, 'enforce')]);
  const exporter = { command: ['python3', '-m', 'http.server', '9100'] };
  const items = [
    pod(PLATFORM, 'exporter', { hostNetwork: true }, exporter),
    {
      ...service(PLATFORM, { selector: { app: 'exporter' }, ports: [{ port: 9100 }] }),
      metadata: { name: 'exporter', namespace: PLATFORM },
    },
    pod(ENFORCED, 'api'),
  ];
  await must('apply -f -', { apiVersion: 'v1', kind: 'List', items });
  for (const namespace of [PLATFORM, ENFORCED])
    await must(`wait -n ${namespace} --for=condition=Ready pod --all --timeout=60s`);
});
afterAll(async () => {
  await setPorts(null);
  await leaveNamespaces(PLATFORM, ENFORCED);
});

const setPorts = (ports: number[] | null) =>
  bash(`kubectl patch ${PROXY} --type=merge -p '${JSON.stringify({ spec: { hostNetworkPorts: ports } })}'`);

async function reach(url: string): Promise<string> {
  const { stdout } = await inPod(
    `${ENFORCED}/api`,
    `curl --noproxy '*' -k -s -o /dev/null -m 3 -w '%{http_code}' ${url}`,
  );
  return stdout;
}

describe('a Service whose endpoint is a pod on the host network', () => {
  test('is reached from an enforced namespace only with its port in hostNetworkPorts', async () => {
    expect(await reach(EXPORTER)).toBe('000');
    expect((await setPorts([9100])).code).toBe(0);
    expect(await eventually(() => reach(EXPORTER), '200')).toBe('200');
    const address = (await must(`get node node-1 -o jsonpath='{.status.addresses[0].address}'`)).trim();
    expect(await reach(`https://${address}:10250/`)).toBe('000');
    expect((await setPorts(null)).code).toBe(0);
    expect(await eventually(() => reach(EXPORTER), '000')).toBe('000');
  }, 90_000);

  test('the kubelet, etcd, the API server and SSH cannot be named', async () => {
    for (const port of [10250, 2379, 6443, 22]) {
      const { code, stderr } = await setPorts([port]);
      expect([port, code]).toEqual([port, 1]);
      expect(stderr).toContain(`port ${port} of a node is `);
    }
  });
});
