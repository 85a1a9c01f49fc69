import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildCli } from '../../scripts/build/build-cli.ts';
import { type ActivityTarget, annotation, type EgressActivity, label } from '../../src/api/index.ts';
import { type KubeClient, resources, type SelfSubjectReview } from '../../src/kube/index.ts';
import { blockWith } from '../support/block-of-page.ts';
import { runPlugin } from '../support/run-plugin.ts';
import { until } from '../support/until.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { installCrds } from './support/crds.ts';
import { egressProxy, named, type RunningWebhook, startWebhookProcess } from './support/webhook.ts';

let plane: ControlPlane;
let client: KubeClient;
let folder: string;
/** Runs from the tests of inject on, which ask it. */
let webhook: RunningWebhook | undefined;

const NOW = '2026-11-28T13:00:00Z';
const egress = (line: string, input = '') =>
  runPlugin(line, { kubeconfig: plane.kubeconfig, input, now: () => Date.parse(NOW) });

const seen = (target: string, more: Partial<ActivityTarget> = {}): ActivityTarget => ({
  target,
  verdict: 'allow',
  count: 3,
  firstSeen: '2026-11-20T12:00:00.000Z',
  lastSeen: '2026-11-28T12:00:00.000Z',
  owners: ['Deployment/api'],
  ...more,
});

const wouldDeny = { wouldDeny: true, reason: 'NoMatchingRule' };

async function makeNamespace(
  name: string,
  mode: string,
  targets: ActivityTarget[],
  conditions: object[] = [],
) {
  await client.create(resources.namespaces, named('v1', 'Namespace', name, { [label.mode]: mode }));
  const activity = { metadata: { namespace: name, name: 'observed' } };
  await client.create(resources.egressActivities, activity);
  const status = {
    mode,
    proxy: 'egress-proxy/squid',
    requests: 10,
    denied: 1,
    lastRefused: 'x.example.org:443',
    targets,
    conditions,
  } as EgressActivity['status'];
  await client.patch(
    resources.egressActivities,
    { namespace: name, name: 'observed', subresource: 'status' },
    { status },
  );
}

async function makeRuleSet(namespace: string, name: string, targets: string[]) {
  await client.create(resources.egressRuleSets, {
    ...named('zalando.org/v1', 'EgressRuleSet', name),
    kind: 'EgressRuleSet',
    metadata: { namespace, name },
    spec: { targets },
  });
}

const condition = (type: string, status: string, reason: string, message: string) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-11-28T12:00:00Z',
});

/** What a team has: the rules of kube-egress-view and -edit, and of Kubernetes' own role view. */
async function makeTeam(namespace: string, user: string): Promise<void> {
  const rule = (apiGroups: string[], list: string[], verbs: string[]) => ({
    apiGroups,
    resources: list,
    verbs,
  });
  await client.create(resources.roles, {
    metadata: { namespace, name: 'team' },
    rules: [
      rule(
        ['zalando.org'],
        ['egressrulesets'],
        ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
      ),
      rule(['zalando.org'], ['egressactivities'], ['get', 'list', 'watch']),
      rule([''], ['namespaces', 'pods'], ['get', 'list', 'watch']),
    ],
  });
  await client.create(resources.roleBindings, {
    metadata: { namespace, name: 'team' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'team' },
    subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
  });
}

beforeAll(async () => {
  plane = await startControlPlane();
  client = plane.client;
  folder = mkdtempSync(join(tmpdir(), 'cli-'));
  await installCrds(client);
  await client.create(resources.namespaces, named('v1', 'Namespace', 'egress-proxy'));
  await client.create(resources.egressProxies, egressProxy('squid', { allowedPorts: [80, 443] }, true));
  await client.create(resources.clusterEgressRuleSets, {
    metadata: { name: 'never' },
    spec: { action: 'Deny', targets: ['.example.net:443'] },
  });
  await makeNamespace('my-app', 'enforce', [
    seen('api.example.com:443', { rule: 'my-app/rules#0', reason: 'RuleAllowed' }),
    seen('old.example.com:443', { lastSeen: '2026-11-21T12:00:00.000Z', count: 1 }),
    seen('x.example.org:443', { verdict: 'deny', reason: 'NoMatchingRule', count: 2, owners: ['Job/batch'] }),
  ]);
  await makeRuleSet('my-app', 'rules', ['api.example.com:443', 'old.example.com:443']);
  await makeNamespace(
    'shop',
    'observe',
    [
      seen('pay.example.com:443', { ...wouldDeny, count: 40 }),
      ...['a', 'b', 'c', 'd', 'e'].map((name) => seen(`${name}.files.example.org:443`, wouldDeny)),
      seen('one.blob.core.windows.net:443', { ...wouldDeny, count: 1 }),
      seen('track.example.net:443', { wouldDeny: true, reason: 'DeniedByRule', rule: 'never#0', count: 7 }),
    ],
    [
      condition(
        'Injected',
        'False',
        'PodsNotInjected',
        '1 pod runs without the proxy variables; restart: web-1',
      ),
    ],
  );
  await makeTeam('my-app', 'dev');
});

afterAll(async () => {
  await webhook?.kill();
  await plane?.stop();
});

const page = (name: string) => readFileSync(new URL(`../../docs/guide/${name}`, import.meta.url), 'utf8');
const guide = page('kubectl-egress.md');
/** `[command line, output]` of each block that shows both. The page's lint needs no cluster: test/docs runs it. */
const shown = [
  ...`${guide}${page('requests.md')}`.matchAll(/^```\n\$ kubectl egress (.*)\n([\s\S]*?)^```$/gm),
]
  .map(([, line = '', output = '']) => [line, output] as const)
  .filter(([line]) => !line.startsWith('lint'));

describe('docs/guide/kubectl-egress.md and requests.md', () => {
  it('has examples', () => {
    expect(shown.length).toBeGreaterThanOrEqual(5);
  });

  it.each(shown)('shows what %s prints', async (line, output) => {
    expect((await egress(line)).out).toBe(output);
  });
});

describe('kubectl egress status', () => {
  it('shows proxies, namespaces, and what is wrong', async () => {
    const { code, out } = await egress('status');
    expect(out).toBe(`PROXY                READY   PROGRAMMED   NAMESPACES
egress-proxy/squid   0/0     Unknown      0

NAMESPACE   MODE      INJECTED   ENFORCED   REQUESTS   DENIED   LAST REFUSED
my-app      enforce   Unknown    Unknown    10         1        x.example.org:443
shop        observe   False      Unknown    10         1        x.example.org:443

Problems:
MutatingWebhookConfiguration kube-egress-pods: Webhook (NotInstalled)
    it does not exist: new pods get no variables; install kube-egress
    see docs/guide/troubleshooting.md#the-webhook-does-not-answer
EgressActivity shop/observed: Injected (PodsNotInjected)
    1 pod runs without the proxy variables; restart: web-1
    see docs/guide/troubleshooting.md#the-pod-has-no-variables
`);
    expect(code).toBe(1);
  });

  it('shows one namespace to a team, and says why no other', async () => {
    const { code, out } = await egress('status -n my-app --as dev');
    expect(out).toContain('my-app      enforce');
    expect(out).toContain('No problems.');
    expect(code).toBe(0);
    const other = await egress('status --as dev -n shop');
    expect(other.code).toBe(3);
    expect(other.notes).toContain('ask the cluster operator for this right');
  });

  it('prints JSON, and names', async () => {
    const { out } = await egress('status -o json');
    expect(JSON.parse(out).namespaces).toHaveLength(2);
    expect((await egress('status -o name')).out).toBe('namespace/my-app\nnamespace/shop\n');
  });
});

describe('kubectl egress check', () => {
  it('decides by the rules, the cluster rules and the proxy', async () => {
    const { code, out } = await egress(
      'check my-app api.example.com https://x.example.net/ api.example.com:8443 api.exmaple.com:443',
    );
    expect(out).toBe(`TARGET                 VERDICT   REASON           RULE
api.example.com:443    allow     RuleAllowed      my-app/rules#0
x.example.net:443      deny      DeniedByRule     never#0
api.example.com:8443   deny      PortNotAllowed
api.exmaple.com:443    deny      NoMatchingRule

x.example.net:443: ClusterEgressRuleSet never#0 denies it, and no EgressRuleSet can allow it: ask the cluster operator.

api.example.com:8443: The port is not in the EgressProxy's allowedPorts, and no EgressRuleSet can allow it: ask the cluster operator.

api.exmaple.com:443: To allow it, add "api.exmaple.com:443" to an EgressRuleSet in namespace my-app, or ask for it: kubectl egress request. Rules that look alike: api.example.com:443.
`);
    expect(code).toBe(1);
    expect((await egress('check my-app api.example.com')).code).toBe(0);
  });

  it('says in observe mode that nothing is refused yet', async () => {
    const { code, notes } = await egress('check shop pay.example.com');
    expect(notes).toContain('shop is in observe mode: rules refuse nothing yet');
    expect(code).toBe(1);
  });

  it('works with the rights of a team, and names what it does not take into account', async () => {
    const { code, out, notes } = await egress('check my-app api.example.com --as dev');
    expect(out).toContain('allow     RuleAllowed');
    expect(code).toBe(0);
    expect(notes).toContain('the EgressProxies cannot be read');
    expect(notes).toContain('the ClusterEgressRuleSets cannot be read');
  });

  it('--live says which rights it needs, and what works without them', async () => {
    const { code, out, notes } = await egress('check my-app api.example.com --live --as dev');
    expect([code, out]).toEqual([3, '']);
    expect(notes).toContain(
      'note: --live creates a pod in the namespace, and needs to create, get and delete',
    );
    expect(notes).toContain('without --live the role view is enough');
  });

  it.each([
    ['check nowhere a.example.com', 2, 'there is no namespace "nowhere" in this cluster'],
    ['check my-app/none a.example.com', 2, 'there is no pod "none" in namespace my-app'],
    ['check my-app ftp://a', 2, 'write host:port'],
  ])('%s: exit code %i', async (line, code, message) => {
    const ran = await egress(line);
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.notes).toContain(message);
    expect(ran.notes).not.toContain('    at ');
  });
});

describe('kubectl egress allow', () => {
  const stored = async (name: string) =>
    (await client.find(resources.egressRuleSets, { namespace: 'my-app', name }))?.spec;

  it('creates a rule set that ends, as a team, for the pods and the time that are named', async () => {
    const line = 'allow my-app "*.example.com:443" https://b.example.org/x c.example.org -l app=api';
    const { code, out, notes } = await egress(`${line} --for 36h --reason "load test" --name load --as dev`);
    expect([code, out]).toEqual([
      0,
      `egressruleset.zalando.org/load created
my-app may reach *.example.com:443, b.example.org:443, c.example.org:443 until 2026-11-30T01:00:00Z
to end it now: kubectl delete egressruleset load -n my-app
`,
    ]);
    expect(notes).toContain('the ClusterEgressRuleSets cannot be read');
    expect(await stored('load')).toEqual({
      targets: ['*.example.com:443', 'b.example.org:443', 'c.example.org:443'],
      podSelector: { matchLabels: { app: 'api' } },
      expiresAt: '2026-11-30T01:00:00Z',
      reason: 'load test',
    });
    expect((await egress('check my-app/none c.example.org')).code).toBe(2);
    await client.delete(resources.egressRuleSets, { namespace: 'my-app', name: 'load' });
  });

  it('stores nothing in a dry run, and nothing that would have no effect', async () => {
    const dry = await egress('allow my-app c.example.org --for 2h --reason x --name dry --dry-run');
    expect(dry.out).toContain('egressruleset.zalando.org/dry created (server dry run)\n');
    const denied = await egress('allow my-app c.example.net d.example.org:25 --for 2h --reason x --name no');
    expect(denied).toMatchObject({ code: 1, out: '' });
    expect(denied.notes).toContain('error: c.example.net:443 would still be refused (DeniedByRule): ');
    expect(denied.notes).toContain('error: d.example.org:25 would still be refused (PortNotAllowed): ');
    expect([await stored('dry'), await stored('no')]).toEqual([undefined, undefined]);
  });

  it.each([
    ['allow my-app a.example.org --reason x', '--for is missing'],
    ['allow my-app a.example.org --for 2h', '--reason is missing'],
    ['allow my-app a.example.org --for 2h --reason " "', '--reason is missing'],
    ['allow my-app a.example.org --for soon --reason x', 'is no duration'],
    ['allow my-app a.example.org --for 0h --reason x', 'spec.expiresAt: the time has passed'],
    ['allow my-app a..org:443 --for 2h --reason x', 'has two dots'],
    ['allow my-app a.example.org --for 2h --reason x -l "a=b=c"', '--selector: '],
    ['allow nowhere a.example.org --for 2h --reason x', 'there is no namespace "nowhere"'],
  ])('%s: exit code 2', async (line, message) => {
    const ran = await egress(line);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.notes).toContain(message);
  });
});

describe('kubectl egress request, requests, approve, refuse', () => {
  const ask = (name: string) =>
    egress(`request my-app "*.example.com:443" c.example.org --for 36h --reason "load test" --name ${name}`);
  const find = (name: string) => client.find(resources.egressRequests, { namespace: 'my-app', name });

  it('asks by name, for the targets and the time', async () => {
    const { code, out } = await ask('load');
    expect([code, out]).toEqual([
      0,
      `egressrequest.zalando.org/load created
it asks for *.example.com:443, c.example.org:443 for 36h, and has no effect until it is approved
to approve it: kubectl egress approve load -n my-app
`,
    ]);
    const { username } =
      (await client.create<SelfSubjectReview>(resources.selfSubjectReviews, { metadata: { name: '' } }))
        .status?.userInfo ?? {};
    expect((await find('load'))?.spec).toEqual({
      targets: ['*.example.com:443', 'c.example.org:443'],
      duration: '36h',
      reason: 'load test',
      requestedBy: username,
    });
  });

  it('lists what waits first, without what a terminal would act on', async () => {
    await client.create(resources.egressRequests, {
      ...named('zalando.org/v1', 'EgressRequest', 'odd'),
      kind: 'EgressRequest',
      metadata: { namespace: 'my-app', name: 'odd' },
      spec: { targets: ['d.example.org:443'], duration: '2h', reason: 'a\u001b[2Jb', requestedBy: 'tom' },
    });
    const { code, out } = await egress('requests -n my-app --pending -o wide');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^NAMESPACE +NAME +STATE +TARGETS +FOR +REQUESTED BY +ANSWERED BY +EXPIRES +RULE SET +REASON\n/,
    );
    expect(out).toMatch(/my-app +odd +Pending +d\.example\.org:443 +2h +tom +- +- +- +a \[2Jb\n/);
  });

  it('approves and refuses, each once, with the name of the user', async () => {
    const approved = await egress('approve load -n my-app --as olga --as-group system:masters --reason fine');
    expect(approved.out).toContain('egressrequest.zalando.org/load approved\n');
    expect(approved.out).toContain('to end it early: kubectl delete egressrequest load -n my-app\n');
    const refused = await egress(
      'refuse odd -n my-app --reason "name the hosts" --as olga --as-group system:masters',
    );
    expect(refused.out).toContain('tom asked for d.example.org:443 for 2h in my-app: a [2Jb');
    expect([(await find('load'))?.spec.approval, (await find('odd'))?.spec.approval]).toEqual([
      { outcome: 'Approved', by: 'olga', reason: 'fine' },
      { outcome: 'Refused', by: 'olga', reason: 'name the hosts' },
    ]);
    const again = await egress('approve odd -n my-app');
    expect(again).toMatchObject({
      code: 2,
      notes: expect.stringContaining('olga has refused the request odd already'),
    });
    expect((await egress('requests -n my-app --pending -o name')).out).toBe('');
  });

  it('approves the request that it has read, and no other one of its name', async () => {
    await ask('swap');
    const { uid } = (await find('swap'))?.metadata ?? {};
    await client.delete(resources.egressRequests, { namespace: 'my-app', name: 'swap' });
    await ask('swap');
    const stale = client.patch(
      resources.egressRequests,
      { namespace: 'my-app', name: 'swap' },
      { metadata: { uid }, spec: { approval: { outcome: 'Approved', by: 'olga' } } },
    );
    await expect(stale).rejects.toThrow(/metadata\.uid/);
    expect((await find('swap'))?.spec.approval).toBeUndefined();
  });

  it.each([
    ['request my-app a.example.org --reason x', 2, '--for is missing'],
    ['request my-app a.example.org --for 90s --reason x', 2, 'no duration of a request'],
    ['request my-app c.example.net --for 2h --reason x', 1, 'would still be refused (DeniedByRule)'],
    ['approve none -n my-app', 3, 'not found'],
    ['refuse load -n my-app', 2, '--reason is missing'],
  ])('%s: exit code %i', async (line, code, message) => {
    const ran = await egress(line);
    expect(ran).toMatchObject({ code, out: '' });
    expect(ran.notes).toContain(message);
  });
});

describe('kubectl egress top', () => {
  it('sums what was observed, for the cluster or a namespace', async () => {
    expect((await egress('top namespaces')).out).toBe(`NAMESPACE   REQUESTS   DENIED   LAST SEEN
shop        63         63       2026-11-28T12:00Z
my-app      6          2        2026-11-28T12:00Z
`);
    expect((await egress('top targets -n my-app --sort denied --since 2d -o name')).out).toBe(
      'x.example.org:443\napi.example.com:443\n',
    );
    const team = await egress('top workloads --limit 1 -n my-app --as dev');
    expect(team).toMatchObject({
      code: 0,
      out: expect.stringContaining('my-app/Deployment/api   4          0'),
    });
    expect(await egress('top pods')).toMatchObject({
      code: 2,
      notes: expect.stringContaining('"pods" is not one of namespaces, workloads, targets'),
    });
  });

  it('shows it again and again with --watch, until Ctrl-C', async () => {
    const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;
    const line = `top namespaces --watch -o name --kubeconfig=${plane.kubeconfig}`;
    const child = spawn(process.execPath, [main, ...line.split(' ')]);
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await until(
      'two rankings',
      () => text.match(/^shop$/gm)?.length ?? 0,
      (times) => times >= 2,
    );
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(text).not.toContain('\x1b');
  });
});

describe('kubectl egress explain', () => {
  const text = (id: string) =>
    `Pod my-app/batch-1 may not reach x.example.org:443 (NoMatchingRule). To allow it, add "x.example.org:443" to an EgressRuleSet in namespace my-app, or ask for it: kubectl egress request. [id ${id}]`;

  it('finds a refusal by its id, and says what the rules say now', async () => {
    await client.create(resources.events, {
      metadata: { namespace: 'my-app', name: 'batch-1.1' },
      involvedObject: { kind: 'Pod', namespace: 'my-app', name: 'batch-1' },
      reason: 'NoMatchingRule',
      message: text('3f9c2a71d0-1x'),
      type: 'Warning',
      lastTimestamp: '2026-11-28T12:00:00Z',
    });
    expect(await egress('explain -n my-app 3f9c2a71d0-1x')).toMatchObject({
      code: 1,
      out: `Refused at 2026-11-28T12:00:00Z: ${text('3f9c2a71d0-1x')}
Now: x.example.org:443: deny (NoMatchingRule)
To allow it, add "x.example.org:443" to an EgressRuleSet in namespace my-app, or ask for it: kubectl egress request.
Observed:
  2026-11-28T12:00Z  deny  NoMatchingRule  2 requests  Job/batch
`,
    });
    expect((await egress('explain -n my-app api.example.com')).out).toContain(
      'Now: api.example.com:443: allow (RuleAllowed) by my-app/rules#0 "api.example.com:443"\n',
    );
    expect(await egress('explain -n my-app 3f9c2a71d0-2x')).toMatchObject({
      code: 2,
      notes: expect.stringContaining('| grep 3f9c2a71d0-2x'),
    });
  });
});

describe('kubectl egress suggest and simulate', () => {
  it('suggest a rule set with what was observed as comments', async () => {
    const { code, out, notes } = await egress('suggest -n shop');
    expect(out).toBe(`apiVersion: zalando.org/v1
kind: EgressRuleSet
metadata:
  name: suggested
  namespace: shop
spec:
  targets:
  - "pay.example.com:443" # 40 requests, last 2026-11-28T12:00Z; Deployment/api
  - "one.blob.core.windows.net:443" # 1 request, last 2026-11-28T12:00Z; Deployment/api
  - "*.files.example.org:443" # 15 requests, last 2026-11-28T12:00Z; 5 names: a.files.example.org b.files.example.org c.files.example.org d.files.example.org e.files.example.org; Deployment/api
`);
    expect(notes).toBe(
      'note: left out: track.example.net:443 (7 requests): no rule can allow it (DeniedByRule)\n',
    );
    expect(code).toBe(0);
  });

  it('say what enforce mode would break now, and with the suggestion', async () => {
    const now = await egress('simulate -n shop');
    expect(now.code).toBe(1);
    expect(now.out).toContain(
      'newly refused   pay.example.com:443             40         2026-11-28T12:00Z   NoMatchingRule',
    );
    expect(now.out).toContain('8 newly refused, 0 newly passes, 0 passes, 0 still refused\n');
    const { out: suggestion } = await egress('suggest -n shop');
    const then = await egress('simulate -n shop -f -', suggestion);
    expect(
      then.out,
    ).toBe(`OUTCOME         TARGET                  REQUESTS   LAST SEEN           REASON         WORKLOADS
newly refused   track.example.net:443   7          2026-11-28T12:00Z   DeniedByRule   Deployment/api
1 newly refused, 0 newly passes, 7 passes, 0 still refused
`);
  });

  it('simulate a changed rule set and a deleted one, for a window of time', async () => {
    const file = join(folder, 'rules.yaml');
    const rules = `apiVersion: zalando.org/v1
kind: EgressRuleSet
metadata: {name: rules}
spec: {targets: ["api.example.com:443", "x.example.org:443"]}
`;
    writeFileSync(file, rules);
    const { code, out } = await egress(`simulate -n my-app -f ${file}`);
    expect(
      out,
    ).toBe(`OUTCOME         TARGET                REQUESTS   LAST SEEN           REASON           WORKLOADS
newly refused   old.example.com:443   1          2026-11-21T12:00Z   NoMatchingRule   Deployment/api
newly passes    x.example.org:443     2          2026-11-28T12:00Z   RuleAllowed      Job/batch
1 newly refused, 1 newly passes, 1 passes, 0 still refused
`);
    expect(code).toBe(1);
    expect((await egress(`simulate -n my-app -f ${file} --since 2d`)).code).toBe(0);
    expect((await egress('simulate -n my-app --without rules -o name')).out).toBe(
      'api.example.com:443\nold.example.com:443\n',
    );
    writeFileSync(file, rules.replace('"api.example.com:443"', '"api.example.com"'));
    expect(await egress(`simulate -n my-app -f ${file}`)).toMatchObject({
      code: 2,
      notes: expect.stringContaining(':4: spec.targets[0]: the port is missing'),
    });
  });

  it('apply the suggestion as a team, once', async () => {
    expect((await egress('suggest -n my-app --as dev')).notes).toContain('nothing to suggest');
    const flags = 'suggest -n my-app --as dev --include-refused --name more';
    expect(await egress(`${flags} --diff`)).toMatchObject({
      code: 1,
      out: '+ x.example.org:443 # 2 requests, last 2026-11-28T12:00Z; Job/batch\n',
    });
    expect((await egress(`${flags} --apply --dry-run`)).out).toBe(
      'egressruleset.zalando.org/more applied (server dry run)\n',
    );
    expect(
      await client.find(resources.egressRuleSets, { namespace: 'my-app', name: 'more' }),
    ).toBeUndefined();
    expect((await egress(`${flags} --apply`)).out).toBe('egressruleset.zalando.org/more applied\n');
    const stored = await client.get(resources.egressRuleSets, { namespace: 'my-app', name: 'more' });
    expect(stored.spec).toEqual({ targets: ['x.example.org:443'] });
    expect(await egress(`${flags} --diff`)).toMatchObject({ code: 0, out: '' });
  });

  it('say what to do where nothing was observed', async () => {
    expect(await egress('suggest -n egress-proxy')).toMatchObject({
      code: 2,
      notes: expect.stringContaining('kubectl label namespace egress-proxy egress.zalando.org/mode=observe'),
    });
  });
});

describe('kubectl egress enable and disable', () => {
  const modeOf = async (name: string) =>
    (await client.get(resources.namespaces, { name })).metadata.labels?.[label.mode];

  it('refuse to enforce what would break traffic, with the targets, unless forced', async () => {
    const refused = await egress('enable shop --mode enforce');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.notes).toContain(
      'would be refused: pay.example.com:443 (NoMatchingRule), 40 requests of Deployment/api\n',
    );
    expect(refused.notes).toContain('would lose their connections: 1 pod runs without the proxy variables');
    expect(refused.notes).toContain('shop was not switched to enforce mode');
    expect(await modeOf('shop')).toBe('observe');
    expect(await egress('enable shop --mode enforce --force --dry-run')).toMatchObject({
      code: 0,
      out: 'namespace/shop labeled egress.zalando.org/mode=enforce (was observe) (server dry run)\n',
    });
    expect(await modeOf('shop')).toBe('observe');
  });

  it('refuse to enforce closed DNS for pods that look up outside names, but what the operator allows', async () => {
    const annotate = (dns: string | null) =>
      client.patch(
        resources.namespaces,
        { name: 'names' },
        { metadata: { annotations: { [annotation.dns]: dns } } },
      );
    const looked = { reason: 'NameOutsideCluster', verdict: 'allow' as const, wouldDeny: true };
    await makeNamespace('names', 'observe', [
      seen('db.example.com:53', { ...looked, count: 3 }),
      seen('old.example.com:53', { ...looked, lastSeen: '2026-11-21T12:00:00.000Z' }),
    ]);
    await annotate('cluster-only');
    const refused = await egress('enable names --mode enforce');
    expect(refused.code).toBe(1);
    expect(refused.notes).toContain('would not be resolved: db.example.com (dns: ClusterOnly), 3 queries of');
    expect(refused.notes).not.toContain('old.example.com');
    await annotate(null);
    expect(await egress('enable names --mode enforce --dry-run')).toMatchObject({ code: 0 });
    await client.delete(resources.egressActivities, { namespace: 'names', name: 'observed' });
    await egress('disable names');
  });

  it('refuse to enforce for tunnels that the check of server names would end', async () => {
    const tlsFault = 'ServerNameMismatch' as const;
    const fault = { wouldDeny: true, reason: tlsFault, tlsFault };
    const annotate = (value: string | null) =>
      client.patch(
        resources.namespaces,
        { name: 'fronted' },
        { metadata: { annotations: { [annotation.tlsServerName]: value } } },
      );
    await makeNamespace('fronted', 'observe', [
      seen('cdn.example.com:443', { ...fault, count: 3 }),
      seen('old.example.com:443', { ...fault, lastSeen: '2026-11-21T12:00:00.000Z' }),
      seen('new.example.com:443', { verdict: 'deny', reason: 'NoMatchingRule' }),
      seen('ssh.example.com:443', { ...wouldDeny, tlsFault: 'NotTLS' }),
    ]);
    await makeRuleSet('fronted', 'rules', [
      'cdn.example.com:443',
      'old.example.com:443',
      'new.example.com:443',
    ]);
    await annotate('report');
    const { notes } = await egress('suggest -n fronted');
    expect(notes).toContain(
      'note: tlsServerName: Enforce would end tunnels, and Report lets them pass: cdn.example.com:443 (ServerNameMismatch), 3 tunnels of Deployment/api;',
    );
    expect(notes).toContain(
      'ssh.example.com:443 (NotTLS, once a rule allows it), 3 tunnels of Deployment/api;',
    );
    expect(notes).not.toContain('new.example.com');
    const reported = await egress('enable fronted --mode enforce --dry-run');
    expect(reported.notes).toContain(
      'note: tlsServerName: Enforce would end tunnels, and Report lets them pass: cdn',
    );
    expect(reported.notes).not.toContain('would be ended');
    expect(await egress('suggest -n fronted --name rules --apply --force-conflicts')).toMatchObject({
      code: 0,
    });
    expect(await egress('simulate -n fronted')).toMatchObject({ code: 0 });
    expect(await egress('enable fronted --mode enforce --dry-run')).toMatchObject({ code: 0 });
    await annotate('enforce');
    const simulated = await egress('simulate -n fronted');
    expect(simulated.code).toBe(1);
    expect(simulated.notes).toContain(
      'note: tlsServerName: Enforce ends tunnels in enforce mode: ssh.example.com:443 (NotTLS), 3 tunnels of',
    );
    expect(simulated.out).toContain('0 newly refused');
    const refused = await egress('enable fronted --mode enforce');
    expect(refused.code).toBe(1);
    expect(refused.notes).toContain(
      'would be ended: cdn.example.com:443 (ServerNameMismatch), 3 tunnels of Deployment/api; kubectl egress logs',
    );
    expect(refused.notes).toContain('would be ended: ssh.example.com:443 (NotTLS), 3 tunnels');
    expect(refused.notes).toContain('is not known of new.example.com:443: all their requests were refused;');
    expect(refused.notes).not.toContain('old.example.com');
    await client.delete(resources.egressActivities, { namespace: 'fronted', name: 'observed' });
    await client.delete(resources.egressRuleSets, { namespace: 'fronted', name: 'rules' });
    await egress('disable fronted');
  });

  it('switch, and back', async () => {
    expect((await egress('enable my-app')).out).toBe(
      'namespace/my-app labeled egress.zalando.org/mode=observe (was enforce)\n',
    );
    expect(await modeOf('my-app')).toBe('observe');
    // Only what a day-old request needs counts: old.example.com has no rule any more.
    await client.delete(resources.egressRuleSets, { namespace: 'my-app', name: 'rules' });
    await makeRuleSet('my-app', 'rules', ['api.example.com:443']);
    expect((await egress('enable my-app --mode enforce --since 10d')).code).toBe(1);
    expect(await egress('enable my-app --mode enforce')).toMatchObject({ code: 0, notes: '' });
    expect((await egress('disable my-app')).out).toBe(
      'namespace/my-app labeled egress.zalando.org/mode=none (was enforce)\n',
    );
  });

  it('do not enforce a namespace that was never observed, and never end a block', async () => {
    await client.create(resources.namespaces, named('v1', 'Namespace', 'fresh'));
    expect((await egress('enable fresh --mode enforce')).notes).toContain(
      'nothing was observed in fresh: begin with kubectl egress enable fresh --mode observe',
    );
    await client.patch(
      resources.namespaces,
      { name: 'fresh' },
      { metadata: { labels: { [label.mode]: 'blocked' } } },
    );
    for (const command of ['enable fresh', 'enable fresh --mode enforce --force', 'disable fresh'])
      expect(await egress(command)).toMatchObject({
        code: 1,
        notes: expect.stringContaining('fresh is blocked'),
      });
    expect(await modeOf('fresh')).toBe('blocked');
  });
});

describe('kubectl egress inject', () => {
  beforeAll(async () => {
    webhook = await startWebhookProcess(plane);
  });

  const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
`;

  it('prints the manifest with what the webhook adds to its pods, and nothing else', async () => {
    const { code, out, notes } = await egress('inject -f -', deployment);
    expect(notes).toMatch(/^note: Deployment web: injected \S/);
    expect(code).toBe(0);
    const { template, ...rest } = parse(out).spec;
    expect(rest).toEqual({ selector: { matchLabels: { app: 'web' } } });
    expect(Object.keys(template.spec)).toEqual(['containers']);
    const [{ env, ...container }] = template.spec.containers;
    expect(container).toEqual({ name: 'web', image: 'web:1' });
    expect(env).toContainEqual({
      name: 'HTTP_PROXY',
      value: 'http://squid.egress-proxy.svc.cluster.local:3128',
    });
    expect(template.metadata.labels).toEqual({ app: 'web' });
    expect(await client.list(resources.pods, { namespace: 'shop' })).toMatchObject({ items: [] });
  });

  it('says where the webhook changes nothing', async () => {
    const { out, notes } = await egress('inject -f -', deployment.replace('shop', 'egress-proxy'));
    expect(notes).toContain('the webhook of the cluster changes nothing in namespace egress-proxy');
    expect(parse(out)).toEqual(parse(deployment.replace('shop', 'egress-proxy')));
  });
});

describe('the built file', () => {
  const run = async (command: string) => {
    const bin = join(folder, '.local/bin');
    const env = { ...process.env, HOME: folder, KUBECONFIG: plane.kubeconfig };
    const child = spawn('bash', ['-c', `set -o pipefail; ${command}`], {
      cwd: folder,
      env: { ...env, PATH: `${bin}:${process.env['PATH']}` },
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        text += chunk;
      });
    const [code] = await once(child, 'close');
    return { code, text };
  };

  beforeAll(async () => {
    for (const name of ['dist', '.local/bin']) mkdirSync(join(folder, name), { recursive: true });
    await buildCli(join(folder, 'dist/kubectl-egress'));
    const [install = ''] = blockWith(guide, 'install dist/kubectl-egress').split('\n');
    expect((await run(install)).code).toBe(0);
  });

  it('runs as one executable, and ends quietly when its reader ends', async () => {
    expect(await run('kubectl-egress status -o name')).toEqual({
      code: 1,
      text: 'namespace/my-app\nnamespace/shop\n',
    });
    expect((await run('kubectl-egress --help | head -1')).text).toMatch(/^Shows, checks and changes .*\n$/);
    expect(await run('kubectl-egress check my-app api.example.com --context none')).toEqual({
      code: 3,
      text: expect.stringContaining('there is no context "none"'),
    });
    expect(await run('KUBECONFIG=/nowhere kubectl-egress status')).toMatchObject({ code: 3 });
  });

  const commands = [
    'kubectl egress completion',
    'suggest -n shop --apply --dry-run',
    'kubectl egress disable shop',
  ]
    .flatMap((text) => blockWith(guide, text).trim().split('\n'))
    .map((line) => line.replace(/ +#.*$/, ''));

  // 1 is the answer "no" or "yes, there is something"; a command that is wrong ends with 2, one without access with 3.
  it.each(commands)('runs %s as kubectl does', async (command) => {
    const { code, text } = await run(command);
    expect([0, 1], text).toContain(code);
  });
});
