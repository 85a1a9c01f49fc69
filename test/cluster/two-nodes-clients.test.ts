import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { clientImage } from '../../scripts/scenario/stage.ts';
import {
  apply,
  eventually,
  inPod,
  kubectl,
  leaveNamespaces,
  makeNamespace,
  proxyIsAsBefore,
  proxyIsSettled,
  removeNamespaces,
} from './support/client-pods.ts';
import { onCluster, startSecondNode } from './support/second-node.ts';
import { stateFolder } from './support/state-folder.ts';

const NAMESPACE = 'node-pool';
const PROXY = 'egressproxy/squid -n egress-proxy';
const NODE_PORT = 31128;
const IMAGE = 'quay.io/kube-egress/pulled:v1';
const accessLog = join(stateFolder, 'logs/internet-access.log');

let pinned: string;
let other: string;

const patchProxy = (spec: object) => kubectl(`patch ${PROXY} --type=merge -p '${JSON.stringify({ spec })}'`);
const onNode = (node: string, command: string) => onCluster(`enter ${node} ${command}`);
const addressOf = (node: string) =>
  kubectl(`get node ${node} -o jsonpath='{.status.addresses[?(@.type=="InternalIP")].address}'`).then(
    (addresses) => addresses.split(' ')[0] ?? '',
  );

/** The status that a node itself gets, through the proxy or past it; 000: no connection came about. */
async function fromNode(node: string, args: string): Promise<string> {
  const { stdout } = await bash(
    `${new URL('../../scripts/cluster', import.meta.url).pathname} enter ${node} curl -sk -o /dev/null -m 3 -w '%{http_code}' ${args}`,
  );
  return stdout;
}

/** Requests of the internet simulator for a registry's blobs and manifests, by who asked. */
function pulls(): { client: string; path: string }[] {
  return readFileSync(accessLog, 'utf8')
    .split('\n')
    .filter((line) => line.includes('/v2/kube-egress/'))
    .map((line) => JSON.parse(line) as { client: string; path: string });
}

/** A pod on a node, whose image has to be pulled. */
async function pullOn(node: string, name: string): Promise<void> {
  await apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: IMAGE, imagePullPolicy: 'Always' }],
    },
  });
}

beforeAll(async () => {
  await startSecondNode();
  [pinned, other] = await Promise.all([addressOf('node-1'), addressOf('node-2')]);
  await removeNamespaces(NAMESPACE);
  await makeNamespace({ namespace: NAMESPACE, mode: 'enforce' });
  await kubectl('label node node-1 pool=egress --overwrite');
  await apply({
    apiVersion: 'zalando.org/v1',
    kind: 'ClusterEgressRuleSet',
    metadata: { name: 'nodes' },
    spec: { targets: ['quay.io:443'], clientCIDRs: [`${other}/32`] },
  });
  await apply({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'rules', namespace: NAMESPACE },
    spec: { targets: ['pinned.example.com:443'] },
  });
  await patchProxy({
    nodeSelector: { pool: 'egress' },
    tolerations: [{ key: 'egress', operator: 'Exists' }],
    service: { type: 'NodePort', nodePort: NODE_PORT },
  });
  await proxyIsSettled();
  // Only the pool of the proxies may go out: the way of the other node and its pods ends here.
  for (const chain of ['OUTPUT', 'FORWARD']) {
    await onNode('node-2', `iptables -w 30 -I ${chain} -d 203.0.113.0/24 -j DROP`);
  }
});
afterAll(async () => {
  for (const chain of ['OUTPUT', 'FORWARD']) {
    await bash(
      `${new URL('../../scripts/cluster', import.meta.url).pathname} enter node-2 iptables -w 30 -D ${chain} -d 203.0.113.0/24 -j DROP`,
    );
  }
  await onCluster('drop-in node-2');
  await kubectl('delete clusteregressruleset nodes --ignore-not-found');
  await kubectl('label node node-1 pool-');
  await patchProxy({ nodeSelector: null, tolerations: null, service: { type: null, nodePort: null } });
  await leaveNamespaces(NAMESPACE);
  await proxyIsAsBefore();
});

describe('proxies pinned to the pool of nodes that may go out', () => {
  test('run there, and no other pod has a way out', async () => {
    // Those of before may still be about to end.
    const columns = '{range .items[*]}{.spec.nodeName} {.metadata.deletionTimestamp}{"\\n"}{end}';
    const pods = await kubectl(`get pods -n egress-proxy -l app=squid -o jsonpath='${columns}'`);
    const staying = pods.split('\n').filter((line) => line.endsWith(' '));
    expect(new Set(staying)).toEqual(new Set(['node-1 ']));
    expect(await fromNode('node-1', '--resolve quay.io:443:203.0.113.60 https://quay.io/')).toBe('200');
    expect(await fromNode('node-2', '--resolve quay.io:443:203.0.113.60 https://quay.io/')).toBe('000');
  });

  test('serve the pods of every node', async () => {
    await apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'client', namespace: NAMESPACE },
      spec: {
        nodeName: 'node-2',
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: clientImage, command: ['sleep', 'infinity'] }],
      },
    });
    await kubectl(`wait -n ${NAMESPACE} --for=condition=Ready pod/client --timeout=60s`);
    const status = async () =>
      (
        await inPod(
          `${NAMESPACE}/client`,
          `curl -s -o /dev/null -m 10 -w '%{http_code}' https://pinned.example.com/`,
        )
      ).stdout;
    expect(await eventually(status, '200')).toBe('200');
  });
});

describe('a node as a client', () => {
  test('reaches what a ClusterEgressRuleSet with its address allows, and nothing else', async () => {
    const through = (name: string) => fromNode('node-2', `-x http://${pinned}:${NODE_PORT} https://${name}/`);
    expect(await eventually(() => through('quay.io'), '200')).toBe('200');
    // curl shows no status of a refused CONNECT.
    expect(await through('pinned.example.com')).toBe('000');
    const refused = async () => {
      const lines = (await kubectl('logs -n egress-proxy -l app=squid --tail=-1')).split('\n');
      return lines.filter((line) => line.includes(other) && line.includes('pinned.example.com')).join('\n');
    };
    expect(await eventually(async () => (await refused()).includes('NoMatchingRule'), true)).toBe(true);
  });

  test('whose address no set names is not served', async () => {
    expect(await fromNode('node-1', `-x http://${pinned}:${NODE_PORT} https://quay.io/`)).toBe('000');
  });

  test('pulls an image through the proxy, with an audit line', async () => {
    await onCluster(
      `drop-in node-2 HTTPS_PROXY=http://${pinned}:${NODE_PORT} NO_PROXY=10.0.0.0/8,.svc,localhost SSL_CERT_FILE=${stateFolder}/internet-ca.crt`,
    );
    const before = pulls().length;
    await pullOn('node-2', 'pulled');
    await kubectl(`wait -n ${NAMESPACE} --for=condition=Ready pod/pulled --timeout=90s`, '', 100);
    const since = pulls().slice(before);
    expect(since.some(({ path }) => path.includes('/blobs/'))).toBe(true);
    const proxies = (
      await kubectl('get pods -n egress-proxy -l app=squid -o jsonpath={.items[*].status.podIPs[*].ip}')
    ).split(' ');
    for (const { client } of since) {
      expect(proxies).toContain(client.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
    }
    const audited = async () => {
      const text = await kubectl('logs -n egress-proxy -l app=squid --tail=-1');
      return text.split('\n').some((line) => {
        if (!line.includes('quay.io:443') || !line.includes(`"${other}"`)) return false;
        return line.includes('RuleAllowed') && line.includes('nodes#0');
      });
    };
    expect(await eventually(audited, true)).toBe(true);
  });
});
