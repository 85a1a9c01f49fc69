import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer, CallerReview } from '../../src/agent/api/index.ts';
import { API_VERSION, type EgressProxy, label } from '../../src/api/index.ts';
import { resources } from '../../src/kube/index.ts';
import { silentLog } from '../../src/telemetry/index.ts';
import { systemClock } from '../../src/time/index.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { onlyGenerations, seesNothing } from './support/fake-agent.ts';
import { freePorts } from './support/free-ports.ts';
import { conditionOf, find, runPod } from './support/objects.ts';

const permission = {
  group: 'zalando.org',
  resource: 'egressproxies',
  subresource: 'generations',
  verb: 'get',
};
const replica = { [label.component]: 'proxy', [label.ownerProxy]: 'egress-proxy.squid' };
let stage: Stage;
let agent: ApiServer;
let ports: { agent: number; proxy: number; telemetry: number };
const proxy = () => find(stage.client, resources.egressProxies, 'squid', 'egress-proxy')();
const enforcedIs = (expected: string) =>
  until(expected, proxy, (now) => conditionOf(now, 'Enforced') === expected, { limitMs: 100_000 });

beforeAll(async () => {
  stage = await startStage();
  const [agentPort = 0, proxyPort = 0, telemetry = 0] = await freePorts(3);
  ports = { agent: agentPort, proxy: proxyPort, telemetry };
  agent = new ApiServer({
    port: agentPort,
    access: onlyGenerations(new CallerReview({ client: stage.client, permission, clock: systemClock })),
    generations: () => ({ generations: {} }),
    ...seesNothing,
    log: silentLog,
  });
  await agent.listen();
  stage.startController({ agentPort, telemetryPort: telemetry });
  const made: EgressProxy = {
    apiVersion: API_VERSION,
    kind: 'EgressProxy',
    metadata: { name: 'squid', namespace: 'egress-proxy' },
    spec: { port: proxyPort },
  };
  await stage.client.create(resources.egressProxies, made);
  const secret = await until(
    "the agent's certificate",
    find(stage.client, resources.secrets, 'squid-agent-tls', 'egress-proxy'),
  );
  const read = (key: string) => Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();
  agent.serve({ cert: read('tls.crt'), key: read('tls.key') });
}, 180_000);
afterAll(async () => {
  await stage?.stop();
  await agent?.close();
});

/** Nothing enforces NetworkPolicies here, so a port is open when a process listens on it. */
async function listenOn(port: number): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {}).destroy());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}
const close = (server: Server) => new Promise((resolve) => server.close(resolve));

describe('Enforced on an EgressProxy', () => {
  test('is unknown as long as no replica is ready', async () => {
    await enforcedIs('Unknown ProbeInconclusive');
  });

  test('is false if the proxy port accepts connections from non-clients, with an Event', async () => {
    const squid = await listenOn(ports.proxy);
    await runPod(stage.client, {
      name: 'squid-1',
      namespace: 'egress-proxy',
      labels: replica,
      podIP: '127.0.0.1',
    });
    await enforcedIs('False NotEnforced');
    // Another controller writes it, when every object of the proxy is applied.
    await until('Accepted too', proxy, (now) => conditionOf(now, 'Accepted') === 'True Accepted');
    const events = () => stage.client.list(resources.events, { namespace: 'egress-proxy' });
    await until('the Event', events, ({ items }) =>
      items.some(({ type, reason }) => type === 'Warning' && reason === 'NotEnforced'),
    );
    await close(squid);
  });

  test('is true where neither way is open, at the next look', async () => {
    const told = await enforcedIs('True Enforced');
    const message = told?.status?.conditions?.find(({ type }) => type === 'Enforced')?.message;
    expect(message).toContain('into the pods of the proxy and out of them');
  });

  test('is false where the replica reaches the controller', async () => {
    const telemetry = await listenOn(ports.telemetry);
    const told = await enforcedIs('False NotEnforced');
    const message = told?.status?.conditions?.find(({ type }) => type === 'Enforced')?.message;
    expect(message).toContain('can connect to pods of the cluster');
    await close(telemetry);
  });
});
