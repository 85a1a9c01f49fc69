import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import {
  apply,
  condition,
  echo,
  eventually,
  kubectl,
  leaveNamespaces,
  startPods,
} from './support/client-pods.ts';

const NAMESPACE = 'direct';
const BESIDE = 'direct-beside';
const API = `${NAMESPACE}/api`;
/** Two machines of the internet simulator; both echo what they get on TCP 5432 and UDP 5353. */
const [FIRST, SECOND, DENIED] = ['203.0.113.10', '203.0.113.20', '203.0.113.66'];
/** A name whose address a test can change immediately: a headless Service of a namespace that has not opted in. */
const MOVING = `moving.${BESIDE}.svc.cluster.local`;
/** What a closed way looks like from a pod. */
const DROPPED = expect.stringMatching(/^(TimeoutError|timeout)$/);

const ceiling = { policy: 'Allow', cidrs: ['203.0.113.0/24'], ports: [5432, 5353] };
const patchProxy = (directTargets: object | null) =>
  kubectl(
    `patch -n egress-proxy egressproxy/squid --type=merge -p '${JSON.stringify({ spec: { directTargets } })}'`,
  );
const stands = () => condition(NAMESPACE, 'egressruleset/db', 'DirectTargets');

function ruleSet(directTargets: object[]): object {
  return {
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'db', namespace: NAMESPACE },
    spec: { targets: [], podSelector: { matchLabels: { app: 'api' } }, directTargets },
  };
}

function moveTo(address: string): Promise<void> {
  return apply({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'moving',
      namespace: BESIDE,
      labels: { 'kubernetes.io/service-name': 'moving', 'endpointslice.kubernetes.io/managed-by': 'test' },
    },
    addressType: 'IPv4',
    ports: [{ name: 'db', port: 5432, protocol: 'TCP' }],
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
  });
}

beforeAll(async () => {
  await patchProxy(null);
  await Promise.all([
    startPods({ namespace: NAMESPACE, mode: 'enforce', pods: [{ name: 'api' }, { name: 'other' }] }),
    startPods({ namespace: BESIDE, pods: [{ name: 'api' }] }),
  ]);
  await apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'moving', namespace: BESIDE },
    spec: { clusterIP: 'None', ports: [{ name: 'db', port: 5432 }] },
  });
  await moveTo(FIRST);
});
afterAll(async () => {
  await patchProxy(null);
  await leaveNamespaces(NAMESPACE, BESIDE);
});

describe('direct targets', () => {
  test('without a ceiling nothing goes past the proxy, and a set that asks for it is refused', async () => {
    expect(await echo(`${BESIDE}/api`, 'TCP', FIRST, 5432)).toBe('echo');
    expect(await echo(`${BESIDE}/api`, 'UDP', FIRST, 5353)).toBe('echo');
    const past = [echo(API, 'TCP', FIRST, 5432), echo(API, 'UDP', FIRST, 5353)];
    expect(await Promise.all(past)).toEqual([DROPPED, DROPPED]);
    const refused = await bash('kubectl apply -f -', {
      input: JSON.stringify(ruleSet([{ cidr: `${FIRST}/32`, port: 5432 }])),
    });
    expect(refused.stderr).toContain('DirectTargetsDenied');
  });

  test('within the ceiling TCP and UDP pass, for the pods of the set, to these ports alone', async () => {
    await patchProxy(ceiling);
    const wanted = ruleSet([
      { host: MOVING, port: 5432 },
      { cidr: `${FIRST}/32`, port: 5353, protocol: 'UDP' },
    ]);
    // The webhook follows the EgressProxy within a moment.
    const applied = async () => (await bash('kubectl apply -f -', { input: JSON.stringify(wanted) })).code;
    expect(await eventually(applied, 0)).toBe(0);
    expect(await eventually(stands, 'True Programmed')).toBe('True Programmed');
    expect(await eventually(() => echo(API, 'TCP', FIRST, 5432), 'echo')).toBe('echo');
    expect(await eventually(() => echo(API, 'UDP', FIRST, 5353), 'echo')).toBe('echo');
    const otherwise = [
      echo(API, 'TCP', FIRST, 443),
      echo(API, 'TCP', SECOND, 5432),
      echo(`${NAMESPACE}/other`, 'TCP', FIRST, 5432),
    ];
    expect(await Promise.all(otherwise)).toEqual([DROPPED, DROPPED, DROPPED]);
  });

  test('DNS is followed; the address before stays for its grace period', async () => {
    await moveTo(SECOND);
    expect(await eventually(() => echo(API, 'TCP', SECOND, 5432), 'echo', 40)).toBe('echo');
    expect(await echo(API, 'TCP', FIRST, 5432)).toBe('echo');
  });

  test('a name that resolves to the cluster or its nodes stays closed, and the status says so', async () => {
    const addresses = await kubectl(`get node node-1 -o jsonpath='{.status.addresses[*].address}'`);
    const [node = ''] = addresses.split(' ');
    await patchProxy({ ...ceiling, cidrs: [...ceiling.cidrs, `${node}/32`] });
    await moveTo(node);
    expect(await eventually(stands, 'False LeftOut', 40)).toBe('False LeftOut');
    const leftOut = await kubectl(
      `get -n ${NAMESPACE} egressruleset/db -o jsonpath={.status.directTargets.leftOut}`,
    );
    expect(leftOut).toContain(`${node}/32): not a public destination`);
    await patchProxy(ceiling);
  });

  test('a cluster Deny closes what it names', async () => {
    const deny = {
      apiVersion: 'zalando.org/v1',
      kind: 'ClusterEgressRuleSet',
      metadata: { name: 'direct-test-deny' },
      spec: {
        action: 'Deny',
        targets: [`${DENIED}:5432`],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } },
      },
    };
    await moveTo(DENIED);
    expect(await eventually(() => echo(API, 'TCP', DENIED, 5432), 'echo', 40)).toBe('echo');
    await apply(deny);
    expect(await eventually(async () => (await echo(API, 'TCP', DENIED, 5432)) !== 'echo', true)).toBe(true);
    await kubectl('delete clusteregressruleset/direct-test-deny');
  });

  test('without the ceiling they close again', async () => {
    await patchProxy(null);
    expect(await eventually(async () => (await echo(API, 'UDP', FIRST, 5353)) !== 'echo', true)).toBe(true);
    expect(await eventually(stands, 'False LeftOut')).toBe('False LeftOut');
    const left = async () =>
      (await kubectl(`get networkpolicies -n ${NAMESPACE} -o name`)).includes('egress-direct-');
    expect(await eventually(left, false)).toBe(false);
  });
});
