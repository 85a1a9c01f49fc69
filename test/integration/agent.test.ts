import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { API_VERSION, type EgressProxy, type EgressRuleSet } from '../../src/api/index.ts';
import { type KubeObject, type Pod, resources } from '../../src/kube/index.ts';
import { createAuthority, issueServingCertificate } from '../../src/tls/index.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { installCrds } from './support/crds.ts';
import { freePorts } from './support/free-ports.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const AGENT = 'system:serviceaccount:egress-proxy:squid-agent';
const folder = mkdtempSync(join(tmpdir(), 'agent-'));
let plane: ControlPlane;
let agent: ChildProcess | undefined;
let ports: { telemetry: number; api: number; dns: number };
let authority: { cert: string; key: string };

beforeAll(async () => {
  plane = await startControlPlane();
  await installCrds(plane.client);
  const [telemetry = 0, api = 0, dns = 0] = await freePorts(3);
  ports = { telemetry, api, dns };
  await createCertificate();
  for (const name of ['egress-proxy', 'my-app']) {
    const labels = name === 'my-app' ? { 'egress.zalando.org/mode': 'enforce' } : {};
    await plane.client.create(resources.namespaces, { metadata: { name, labels } });
  }
  await grantAgent();
  const pod = await plane.client.create(resources.pods, {
    metadata: { namespace: 'my-app', name: 'api' },
    spec: { containers: [{ name: 'c', image: 'x' }] },
  });
  const status = { phase: 'Running', podIP: '10.0.0.7', podIPs: [{ ip: '10.0.0.7' }] };
  await plane.client.update(resources.pods, { ...pod, status } as Pod, { subresource: 'status' });
});
afterAll(async () => {
  agent?.kill('SIGKILL');
  await plane.stop();
});

async function createCertificate(): Promise<void> {
  const now = Date.now();
  authority = await createAuthority({ now });
  const pair = await issueServingCertificate({ authority, names: ['agent.test'], now });
  mkdirSync(join(folder, 'tls'));
  writeFileSync(join(folder, 'tls', 'tls.crt'), pair.cert);
  writeFileSync(join(folder, 'tls', 'tls.key'), pair.key);
}

/** The rights of the manifests, and no others. */
async function grantAgent(): Promise<void> {
  const text = readFileSync(join(import.meta.dirname, '../../manifests/base/rbac/agent.yaml'), 'utf8');
  const apply = (object: KubeObject) => plane.client.apply(object, { fieldManager: 'test' });
  const subjects = [{ kind: 'ServiceAccount', name: 'squid-agent', namespace: 'egress-proxy' }];
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS() as KubeObject;
    await apply(object.kind === 'ClusterRoleBinding' ? ({ ...object, subjects } as KubeObject) : object);
  }
}

function startAgent(): void {
  const kubeconfig = JSON.parse(readFileSync(plane.kubeconfig, 'utf8'));
  kubeconfig.users[0].user.as = AGENT;
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig));
  const flags = {
    proxy: 'egress-proxy/squid',
    'pod-name': 'squid-0',
    'pod-ip': '10.0.0.2',
    'socket-path': join(folder, 'agent.sock'),
    'client-dns-socket': join(folder, 'client-dns.sock'),
    'log-dir': join(folder, 'log'),
    'state-dir': join(folder, 'state'),
    'cert-dir': join(folder, 'tls'),
    'telemetry-port': ports.telemetry,
    'api-port': ports.api,
    'dns-listen': `127.0.0.1:${ports.dns}`,
    'dns-upstream': '127.0.0.1:1',
    kubeconfig: join(folder, 'kubeconfig'),
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  agent = spawn(process.execPath, [MAIN, 'agent', ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
}

async function stopAgent(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
  if (agent === undefined) throw new Error('no agent runs');
  const ended = once(agent, 'exit');
  agent.kill(signal);
  const [code] = (await ended) as [number | null];
  return code;
}

async function readyz(): Promise<string> {
  try {
    const response = await fetch(`http://127.0.0.1:${ports.telemetry}/readyz`);
    return `${response.status} ${(await response.text()).trim()}`;
  } catch {
    return 'no answer';
  }
}

const becomes = (read: () => Promise<string>, expected: RegExp, { timeout = 30_000 } = {}) =>
  expect.poll(read, { timeout, interval: 20 }).toMatch(expected);

/** The agent's reason, asked as Squid's relay asks. */
async function ask(host: string): Promise<string> {
  const socket: Socket = connect(join(folder, 'agent.sock'));
  try {
    socket.write(`acl 3\n0 10.0.0.7 4711 CONNECT - ${host} 443 -\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return /reason_=(\w+)/.exec(answer.toString())?.[1] ?? answer.toString();
  } finally {
    socket.destroy();
  }
}

function generations(token: string): Promise<{ status: number | undefined; body: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const target = { host: '127.0.0.1', port: ports.api, path: '/v1/generations' };
    get({ ...target, headers, ca: authority.cert, servername: 'agent.test' }, async (response) => {
      resolve({ status: response.statusCode, body: JSON.parse((await response.toArray()).join('')) });
    }).on('error', reject);
  });
}

const proxy: EgressProxy = {
  apiVersion: API_VERSION,
  kind: 'EgressProxy',
  metadata: {
    namespace: 'egress-proxy',
    name: 'squid',
    annotations: { 'egress.zalando.org/is-default-proxy': 'true' },
  },
  spec: {},
};
const ruleSet = (target: string): EgressRuleSet => ({
  apiVersion: API_VERSION,
  kind: 'EgressRuleSet',
  metadata: { namespace: 'my-app', name: 'rules' },
  spec: { targets: [target] },
});

describe('the agent and a real API server', () => {
  it('is not ready before it knows its EgressProxy', { timeout: 90_000 }, async () => {
    startAgent();
    await becomes(readyz, /^503 EgressProxy egress-proxy\/squid does not exist or has not been listed yet$/);
    await plane.client.apply(proxy, { fieldManager: 'test' });
    await becomes(readyz, /^200 ok$/);
  });

  it('decides by a rule as soon as it is stored', async () => {
    expect(await ask('1.1.1.1')).toBe('NoMatchingRule');
    await plane.client.apply(ruleSet('1.1.1.1:443'), { fieldManager: 'test' });
    await becomes(() => ask('1.1.1.1'), /^RuleAllowed$/);
  });

  it('says by which generations, to those who may ask', async () => {
    const stored = await plane.client.get(resources.egressRuleSets, { namespace: 'my-app', name: 'rules' });
    const { status, body } = await generations('test-only-administrator');
    expect([status, body['generations']]).toEqual([
      200,
      expect.objectContaining({ [stored.metadata.uid ?? '']: stored.metadata.generation }),
    ]);
    expect((await generations('nobody')).status).toBe(401);
  });

  it('tells of a refusal on the pod', async () => {
    await ask('forbidden.example');
    const messages = async () => {
      const { items } = await plane.client.list(resources.events, { namespace: 'my-app' });
      return items.map(({ reason, message }) => `${reason} ${message}`).join('\n');
    };
    await becomes(messages, /NoMatchingRule Pod my-app\/api may not reach forbidden.example:443/);
  });

  it('ends a rule set at its time while the API server is away, and does not revive it by a restart', async () => {
    const end = Date.now() + 15_000;
    const { spec, ...set } = ruleSet('9.9.9.9:443');
    const incident = { ...set, metadata: { ...set.metadata, name: 'incident' } };
    const expiresAt = new Date(end).toISOString();
    await plane.client.apply({ ...incident, spec: { ...spec, expiresAt } }, { fieldManager: 'test' });
    await becomes(() => ask('9.9.9.9'), /^RuleAllowed$/);
    const snapshot = async () => readFileSync(join(folder, 'state', 'snapshot.jsonl'), 'utf8');
    await becomes(() => snapshot().catch(() => ''), /"expiresAt":"[^"]+","targets":\["9\.9\.9\.9:443"\]/);
    await plane.killApiServer();
    await sleep(Math.max(0, end - Date.now()));
    expect([await ask('9.9.9.9'), await ask('1.1.1.1')]).toEqual(['NoMatchingRule', 'RuleAllowed']);
    await stopAgent('SIGKILL');
    startAgent();
    await becomes(readyz, /^200/);
    expect([await ask('9.9.9.9'), await ask('1.1.1.1')]).toEqual(['NoMatchingRule', 'RuleAllowed']);
    await plane.startApiServer();
  }, 180_000);

  it('continues with the last known rules while the API server is away, restarted or not', async () => {
    const snapshot = async () => readFileSync(join(folder, 'state', 'snapshot.jsonl'), 'utf8');
    await becomes(() => snapshot().catch(() => ''), /"targets":\["1\.1\.1\.1:443"\]/);
    await plane.killApiServer();
    expect(await ask('1.1.1.1')).toBe('RuleAllowed');
    await stopAgent('SIGKILL');
    startAgent();
    await becomes(readyz, /^200/);
    expect([await ask('1.1.1.1'), await ask('8.8.8.8')]).toEqual(['RuleAllowed', 'NoMatchingRule']);
    const metrics = await (await fetch(`http://127.0.0.1:${ports.telemetry}/metrics`)).text();
    expect(metrics).toMatch(/^kube_egress_snapshot_stale 1$/m);
  }, 120_000);

  it('follows again when the API server is back', async () => {
    await plane.startApiServer();
    await plane.client.apply(ruleSet('8.8.8.8:443'), { fieldManager: 'test' });
    // The longer the API server was away, the later it is tried again: up to 30 s (src/kube/cache/reflector.ts).
    await becomes(() => ask('8.8.8.8'), /^RuleAllowed$/, { timeout: 60_000 });
    expect(await ask('1.1.1.1')).toBe('NoMatchingRule');
  }, 180_000);

  it('ends in order', async () => {
    expect(await stopAgent('SIGTERM')).toBe(0);
  });
});
