import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply, eventually, kubectl, leaveNamespaces, makeProxy, startPods } from './support/client-pods.ts';
import { askTunnel, holdTunnel, isHeld } from './support/held-tunnel.ts';

const [PROXY_NAMESPACE, NAMESPACE] = ['closing-proxy', 'closing'];
const POD = `${NAMESPACE}/api`;
const KEPT = 'kept.example.com:5432';

/** The Service's addresses, one a family. */
async function serviceAddresses(): Promise<string[]> {
  const path = `jsonpath='{.spec.clusterIPs[*]}'`;
  return (await kubectl(`get service closing -n ${PROXY_NAMESPACE} -o ${path}`)).trim().split(' ');
}

const tunnel = (name: string, proxy: string, target: string) => holdTunnel({ pod: POD, name, proxy, target });
const isOpen = (name: string) => isHeld({ pod: POD, name });

async function ruleSet(name: string, target: string): Promise<void> {
  const metadata = { name, namespace: NAMESPACE };
  await apply({ apiVersion: 'zalando.org/v1', kind: 'EgressRuleSet', metadata, spec: { targets: [target] } });
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/${name} --timeout=60s`);
}

beforeAll(async () => {
  const address = { namespace: PROXY_NAMESPACE, name: 'closing' };
  await makeProxy(address, { closeRevoked: true, drainSeconds: 5 });
  await startPods({ namespace: NAMESPACE, mode: 'enforce', pods: [{ name: 'api' }] });
  await kubectl(`label namespace ${NAMESPACE} egress.zalando.org/proxy=${PROXY_NAMESPACE}.closing`);
  const proxy = `-n ${PROXY_NAMESPACE} egressproxy/closing`;
  await kubectl(`wait ${proxy} --for=condition=Programmed --timeout=90s`, '', 100);
  await ruleSet('kept', KEPT);
});
afterAll(() => leaveNamespaces(NAMESPACE, PROXY_NAMESPACE));

describe('closeRevoked', () => {
  test('ends the tunnels of a rule that is removed, over every family, and no other one', async () => {
    await ruleSet('gone', 'gone.example.com:5432');
    const addresses = await serviceAddresses();
    const kept = tunnel('kept', addresses[0] ?? '', KEPT);
    const gone = addresses.map((address, index) => tunnel(`gone-${index}`, address, 'gone.example.com:5432'));
    expect(await isOpen('kept')).toBe(true);
    for (const index of gone.keys()) expect(await isOpen(`gone-${index}`)).toBe(true);
    await kubectl(`delete egressruleset gone -n ${NAMESPACE}`);
    expect(await Promise.all(gone)).toEqual(addresses.map(() => 'closed'));
    await askTunnel({ pod: POD, name: 'kept' });
    expect(await kept).toBe('echo');
  });

  test('also tunnels that an agent before this one allowed', async () => {
    await ruleSet('before', 'before.example.com:5432');
    const [address = ''] = await serviceAddresses();
    const before = tunnel('before', address, 'before.example.com:5432');
    expect(await isOpen('before')).toBe(true);
    const agent = `-n ${PROXY_NAMESPACE} deploy/closing -c agent`;
    const saved = async () =>
      (await kubectl(`exec ${agent} -- cat /var/lib/kube-egress/open-tunnels.jsonl`)).includes(
        'before.example',
      );
    expect(await eventually(saved, true)).toBe(true);
    await kubectl(`exec ${agent} -- sh -c "kill -9 -1" || true`);
    await kubectl(`delete egressruleset before -n ${NAMESPACE}`);
    expect(await before).toBe('closed');
  });

  test('by a container that holds NET_ADMIN, no other capability, and no token', async () => {
    const container = `-n ${PROXY_NAMESPACE} deploy/closing -c closer`;
    const status = await kubectl(`exec ${container} -- cat /proc/1/status`);
    expect(status).toMatch(/^CapEff:\s0{12}1000$/m);
    expect(status).toMatch(/^CapBnd:\s0{12}1000$/m);
    expect(status).toMatch(/^NoNewPrivs:\s1$/m);
    expect(await kubectl(`exec ${container} -- ls /var/run/secrets || true`)).toBe('');
  });
});
