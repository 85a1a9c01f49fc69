import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { API_VERSION } from '../../src/api/index.ts';
import {
  apply,
  eventually,
  inPod,
  kubectl,
  leaveNamespaces,
  makeNamespace,
  removeNamespaces,
} from './support/client-pods.ts';
import { askFlows, proxyPods } from './support/exactness/ask-agents.ts';
import { readAuditFiles } from './support/exactness/audit-files.ts';
import {
  activityOf,
  countedByAgents,
  countedByAuditLog,
  countedByEgressActivity,
  countedByMetrics,
} from './support/exactness/counted.ts';
import { countedByPage } from './support/exactness/counted-by-page.ts';
import { answersOf, expected, namespaces, plan, pods, rules } from './support/exactness/plan.ts';
import { runMixed, startLoadPod } from './support/load/load.ts';

const isOurs = ({ namespace = '' }: { namespace?: string }) =>
  (namespaces as readonly string[]).includes(namespace);

beforeAll(async () => {
  await removeNamespaces(...namespaces);
  for (const namespace of namespaces) {
    await makeNamespace({ namespace, mode: 'enforce' });
    await apply({
      apiVersion: API_VERSION,
      kind: 'EgressRuleSet',
      metadata: { name: 'rules', namespace },
      spec: { targets: rules[namespace] },
    });
  }
  await Promise.all(
    namespaces.map((namespace) =>
      kubectl(`wait -n ${namespace} --for=condition=Programmed egressruleset/rules --timeout=30s`),
    ),
  );
  await Promise.all(
    pods.map((pod) => {
      const [namespace = '', name = ''] = pod.split('/');
      return startLoadPod(namespace, name, 'mixed.mjs');
    }),
  );
});

afterAll(async () => {
  await leaveNamespaces(...namespaces);
});

describe('5,000 requests of several pods through several replicas', () => {
  test('are answered as the rules say', async () => {
    const answers = await Promise.all(
      pods.map((pod) =>
        runMixed(
          pod,
          plan.filter((batch) => batch.pod === pod),
        ),
      ),
    );
    expect(answers).toEqual(pods.map(answersOf));
    expect((await proxyPods()).length).toBeGreaterThan(1);
  }, 300_000);

  test('are counted alike by the audit log, the agents, the metrics, EgressActivity and the page', async () => {
    const sum = async () => Object.values(await countedByEgressActivity()).reduce((total, n) => total + n, 0);
    expect(await eventually(sum, 5000, 60)).toBe(5000);
    const records = readAuditFiles().filter(isOurs);
    expect({
      auditLog: countedByAuditLog(records),
      agents: await countedByAgents(),
      metrics: await countedByMetrics(),
      egressActivity: await countedByEgressActivity(),
      page: await countedByPage(),
    }).toEqual({
      auditLog: expected,
      agents: expected,
      metrics: expected,
      egressActivity: expected,
      page: expected,
    });
    expect(new Set(records.map(({ id }) => id)).size).toBe(5000);
    for (const namespace of namespaces) {
      const { requests = 0, dropped, denied } = (await activityOf(namespace)).status ?? {};
      const own = plan.filter(({ pod }) => pod.startsWith(`${namespace}/`));
      const total = (batches: typeof own) => batches.reduce((sum, { count }) => sum + count, 0);
      expect({ requests, dropped, denied }).toEqual({
        requests: total(own),
        dropped: 0,
        denied: total(own.filter(({ verdict }) => verdict === 'deny')),
      });
    }
  }, 300_000);
});

describe('a refusal', () => {
  test('has an id that finds its audit line, its flow with the reason, and its Event on the pod', async () => {
    const script = `http_proxy=$HTTP_PROXY node -e 'require("http").get({host: new URL(process.env.HTTP_PROXY).hostname, port: 3128, path: "http://traced.example.com/"}, (r) => console.log(r.resume().headers["x-egress-decision"]))'`;
    const { stdout } = await inPod('exact-a/first', script);
    const [, id = ''] = /\[id ([\w-]+)\]/.exec(stdout) ?? [];
    expect(stdout).toContain('exact-a/first may not reach traced.example.com:80 (NoMatchingRule)');

    const lines = () => readAuditFiles().filter((record) => record.id === id);
    expect(await eventually(async () => lines().length, 1)).toBe(1);
    const what = {
      id,
      pod: 'first',
      target: 'traced.example.com:80',
      verdict: 'deny',
      reason: 'NoMatchingRule',
    };
    expect(lines()).toMatchObject([what]);

    const flows = async () => (await askFlows(`id=${id}`)).flatMap((page) => page.flows);
    await expect
      .poll(flows, { timeout: 30_000, interval: 500 })
      .toMatchObject([{ ...what, state: 'closed' }]);

    const events = () => kubectl(`get events -n exact-a --field-selector involvedObject.name=first -o json`);
    expect(await eventually(async () => (await events()).includes(`[id ${id}]`), true)).toBe(true);
  });
});

describe('kubectl', () => {
  test('shows at a glance what a namespace asked for and what was refused last', async () => {
    const table = await kubectl('get egressactivity -n exact-b');
    expect(table.split('\n')[1]).toMatch(
      /^observed +enforce +egress-proxy\/squid +True +True +1500 +800 +one\.example\.com:80 /,
    );
    const used = () =>
      kubectl(`get egressruleset -n exact-b rules -o jsonpath='{.status.usage.targets[*].target}'`);
    expect(await eventually(used, 'one.example.com:443')).toBe('one.example.com:443');
  });
});

describe('an open tunnel', () => {
  /** An agent that is being started again does not answer. */
  const flows = () => held().catch(() => 'no answer');
  const held = async () => {
    const pages = await askFlows('namespace=exact-a');
    const tunnels = pages
      .flatMap((page) => page.flows)
      .filter(({ target }) => target === 'held.example.com:443');
    return tunnels.map(({ state, revoked }) => (revoked ? `${state} revoked` : state)).join();
  };
  /** What the next run of an agent will know; it is not written immediately. */
  const saved = async () => {
    const cat = '-c agent -- cat /var/lib/kube-egress/open-tunnels.jsonl';
    const files = await Promise.all(
      (await proxyPods()).map((pod) => bash(`kubectl exec -n egress-proxy ${pod} ${cat}`)),
    );
    return files.some(({ stdout }) => stdout.includes('held.example.com'));
  };
  const allow = (targets: string[]) =>
    apply({
      apiVersion: API_VERSION,
      kind: 'EgressRuleSet',
      metadata: { name: 'held', namespace: 'exact-a' },
      spec: { targets },
    });

  test('is seen while it is open, is revoked with its rule, and is known to the next run of the agent', async () => {
    await allow(['held.example.com:443']);
    await kubectl('wait -n exact-a --for=condition=Programmed egressruleset/held --timeout=30s');
    const hold = `require("http").request({host: new URL(process.env.HTTP_PROXY).hostname, port: 3128, method: "CONNECT", path: "held.example.com:443"}).on("connect", () => {}).end()`;
    await inPod('exact-a/first', `node -e '${hold}' > /tmp/held 2>&1 & echo $! > /tmp/held.pid`);
    expect(await eventually(flows, 'open')).toBe('open');
    await allow(['another.example.com:443']);
    expect(await eventually(flows, 'open revoked')).toBe('open revoked');
    expect(await eventually(saved, true)).toBe(true);
    for (const pod of await proxyPods()) await killAgent(pod);
    expect(await eventually(flows, 'open revoked')).toBe('open revoked');
    await inPod('exact-a/first', 'kill $(cat /tmp/held.pid)');
    expect(await eventually(flows, 'closed')).toBe('closed');
  });
});

describe('agents that are killed midway', () => {
  test('lose no line of the audit log', async () => {
    const requests = [
      { method: 'GET', target: 'kept.example.com:80', count: 1000 },
      { method: 'CONNECT', target: 'one.example.com:443', count: 1000 },
    ];
    // A kill may have repeated a line: ids are counted, not lines.
    const ids = () => {
      const records = readAuditFiles().filter(({ namespace }) => namespace === 'exact-b');
      return new Set(records.map(({ id }) => id)).size;
    };
    const before = ids();
    const running = runMixed('exact-b/first', requests);
    const printed = async () =>
      readAuditFiles().filter(({ target }) => target === 'kept.example.com:80').length > 100;
    expect(await eventually(printed, true)).toBe(true);
    for (const pod of await proxyPods()) await killAgent(pod);
    expect(await running).toEqual({
      'GET kept.example.com:80 403': 1000,
      'CONNECT one.example.com:443 200': 1000,
    });
    expect(await eventually(async () => ids() - before, 2000)).toBe(2000);
  }, 300_000);
});

/** By its process inside the container, so that no other cluster's is meant. */
async function killAgent(pod: string): Promise<void> {
  const script = [
    'const fs = require("fs");',
    'const isAgent = (pid) => fs.readFileSync("/proc/" + pid + "/cmdline", "utf8").split("\\0").includes("agent");',
    'const pids = fs.readdirSync("/proc").filter((name) => Number(name) > 1 && Number(name) !== process.pid);',
    'for (const pid of pids) try { if (isAgent(pid)) process.kill(Number(pid), "SIGKILL"); } catch {}',
  ].join(' ');
  await kubectl(`exec -n egress-proxy ${pod} -c agent -- node -e '${script}'`);
}
