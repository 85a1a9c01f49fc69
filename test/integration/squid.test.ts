import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EgressRuleSet } from '../../src/api/index.ts';
import { INSIDE, ORIGIN, PODS, PROXY, PROXY_PORT, SILENT, STRANGER } from './support/squid/addresses.ts';
import { ruleSet, runningPod } from './support/squid/cluster-objects.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

const [api = '', watched = '', fresh = '', never = '', moved = ''] = PODS;
const stage = new SquidStage({
  privateDestinations: 'Allow',
  privateCIDRs: ['203.0.113.0/24', SILENT],
  // Long enough for a busy machine to do something else meanwhile.
  identityHoldSeconds: 10,
  drainSeconds: 1,
});

/** Opens a tunnel from the address of its argument, prints the answer and sends nothing. */
const IDLE_TUNNEL = `
const socket = require('node:net').connect({ host: '${PROXY}', port: ${PROXY_PORT}, localAddress: process.argv[1] });
socket.write('CONNECT ok.example.com:443 HTTP/1.1\\r\\nHost: ok.example.com:443\\r\\n\\r\\n');
socket.pipe(process.stdout);`;

function namespace(name: string, labels: Record<string, string> = { 'egress.zalando.org/mode': 'enforce' }) {
  return stage.apply({ kind: 'Namespace', apiVersion: 'v1', metadata: { name, labels } });
}

function pod(name: string, ip: string, { namespace = 'my-app', phase = 'Running' } = {}) {
  return stage.apply(runningPod({ namespace, name, ip, labels: { app: name }, phase }));
}

function rules(targets: string[], name = 'rules', more: Partial<EgressRuleSet['spec']> = {}) {
  const { spec, ...set } = ruleSet('my-app', targets, name);
  return stage.apply({ ...set, spec: { ...spec, ...more } } as EgressRuleSet);
}

/** What a client sees of a CONNECT: the status, and the reason if it is refused. */
async function tryConnect(target: string, source = api): Promise<string> {
  const { stderr } = await stage.curl(source, '-v', '-p', '-o', '/dev/null', '--http1.1', `http://${target}`);
  const [, status = 'none'] = /< HTTP\/1.1 (\d+)/.exec(stderr) ?? [];
  const [, reason = ''] = /X-Egress-Decision: .*?\((\w+)/.exec(stderr) ?? [];
  return `${status} ${reason}`.trim();
}

beforeAll(async () => {
  await namespace('my-app');
  await namespace('watched', { 'egress.zalando.org/mode': 'observe' });
  await namespace('plain', {});
  await pod('api', api);
  await pod('watched', watched, { namespace: 'watched' });
  await rules([
    'ok.example.com:443',
    'ok.example.com:80',
    'ok.example.com:9',
    '*.below.example.com:443',
    'rebind.example.com:443',
    'mixed.example.com:443',
    'nowhere.example.com:443',
    'unanswered.example.com:443',
    'bücher.example.com:443',
    `${ORIGIN}:443`,
    '127.0.0.1:443',
    'silent.example.com:443',
    'silent.example.com:80',
  ]);
  await stage.start();
  stage.network.addSilentRange(SILENT);
  await stage.setZone({
    'ok.example.com': [ORIGIN],
    'a.below.example.com': ['CNAME ok.example.com'],
    'rebind.example.com': [INSIDE],
    'mixed.example.com': [INSIDE, ORIGIN],
    'unanswered.example.com': ['SERVFAIL'],
    'later.example.com': [ORIGIN],
    'xn--bcher-kva.example.com': [ORIGIN],
  });
});
afterAll(() => stage.close());

describe('an allowed request', () => {
  it('reaches the origin through CONNECT', async () => {
    const { stdout } = await stage.curl(api, '-p', 'http://ok.example.com:443/path');
    expect(stdout).toBe(`hello from ${ORIGIN} /path\n`);
  });

  it('reaches the origin with GET', async () => {
    const { stdout } = await stage.curl(api, 'http://ok.example.com/path');
    expect(stdout).toBe(`hello from ${ORIGIN} /path\n`);
  });

  it.each([
    'a.below.example.com:443',
    `${ORIGIN}:443`,
    'OK.Example.COM:443',
    'ok.example.com.:443',
    'bücher.example.com:443',
  ])('may be spelt %s', async (target) => {
    expect(await tryConnect(target)).toBe('200');
  });
});

describe('a refused request', () => {
  it('gets one line that says who, what, why and what to add', async () => {
    const { stdout } = await stage.curl(api, '-w', '%{http_code}', 'http://no.example.com/');
    expect(stdout).toMatch(
      /^Pod my-app\/api may not reach no.example.com:80 \(NoMatchingRule\). To allow it, add no.example.com:80 to an EgressRuleSet in namespace my-app, or ask for it: kubectl egress request. \[id [\w-]+\]\n\n?403$/,
    );
  });

  it('shows the line in curl -v when it is a CONNECT, whose page curl throws away', async () => {
    const { stderr } = await stage.curl(api, '-v', '-p', 'http://no.example.com:443/');
    expect(stderr).toMatch(
      /< X-Egress-Decision: Pod my-app\/api may not reach no.example.com:443 \(NoMatchingRule\). To allow it, add "no.example.com:443" to an EgressRuleSet in namespace my-app, or ask for it: kubectl egress request. \[id/,
    );
  });

  it.each([
    ['catalog', 'A name without a dot is inside the cluster'],
    ['web.my-app', 'There is a namespace my-app.'],
    ['web.my-app.svc', 'This is a name inside the cluster'],
  ])('to a name inside the cluster is not advised to add a rule that cannot work: %s', async (name, text) => {
    const { stderr } = await stage.curl(api, '-v', '-p', `http://${name}:8080/`);
    expect(stderr).toContain(`may not reach ${name}:8080 (NoMatchingRule). ${text}`);
    expect(stderr).not.toContain('To allow it');
  });

  it.each([
    ['nowhere', '(NameNotResolved). A rule allows it, but DNS has no address for the name'],
    ['unanswered', '(NameNotResolved: DNS does not answer). A rule allows it. Try again'],
  ])('tells a name that does not exist from a DNS that says nothing: %s', async (name, text) => {
    const { stderr } = await stage.curl(api, '-v', '-p', `http://${name}.example.com:443/`);
    expect(stderr).toContain(text);
  });

  it('causes no DNS query', async () => {
    await stage.queries();
    await tryConnect('secret-data.evil.example:443');
    await tryConnect('secret-data.evil.example:443');
    expect(await stage.queries()).toEqual([]);
  });

  it('becomes one Event on the pod, however often it is tried', async () => {
    for (let times = 0; times < 3; times += 1) await tryConnect('told.example.com:443');
    expect(stage.agent.log().match(/^event api NoMatchingRule: .*told.example.com/gm)).toHaveLength(1);
  });

  const refusal = {
    id: expect.stringMatching(/^[\w-]+$/),
    reason: 'NoMatchingRule',
    namespace: 'my-app',
  };
  const fieldsFor = (target: string) => ({
    ...refusal,
    target,
    add: target,
    command: `kubectl egress request my-app ${target} --for 2h --reason REASON`,
  });

  it('is JSON for who accepts it, and the header has the same', async () => {
    const accepts = ['-i', '-H', 'Accept: application/json, text/plain, */*'];
    const { stdout } = await stage.curl(api, ...accepts, 'http://no.example.com/');
    const [head = '', body = ''] = stdout.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 403 /);
    expect(head.match(/^content-type: .*$/gim)).toEqual(['Content-Type: application/json']);
    expect(JSON.parse(body)).toEqual(fieldsFor('no.example.com:80'));
    const [, header = ''] = /^X-Egress-Refusal: (.*)$/m.exec(head) ?? [];
    expect(JSON.parse(header)).toEqual(JSON.parse(body));
  });

  it('has the fields in a header of a CONNECT, and does not mark up what a client wrote', async () => {
    const { stderr } = await stage.curl(api, '-v', '-p', 'http://no.example.com:443/');
    const [, header = ''] = /< X-Egress-Refusal: (.*)/.exec(stderr) ?? [];
    expect(JSON.parse(header)).toEqual(fieldsFor('no.example.com:443'));
    const accepts = [
      '-H',
      'Accept: application/json',
      '--request-target',
      'http://a"b<script>\\.example.com/',
    ];
    const { stdout } = await stage.curl(api, ...accepts, 'http://no.example.com/');
    expect(stdout).not.toMatch(/<script|a"b/);
  });

  it('is no JSON where the rules allow: the origin chooses its type', async () => {
    const { stdout } = await stage.curl(
      api,
      '-i',
      '-H',
      'Accept: application/json',
      'http://ok.example.com/path',
    );
    expect(stdout).toContain(`hello from ${ORIGIN} /path\n`);
    expect(stdout).not.toMatch(/application\/json|X-Egress-Refusal/);
  });

  // FACTS.md: what Squid makes of them, and what they mean.
  it.each([
    ['0x7f.1:443', '403 PrivateDestination'],
    ['2130706433:443', '403 PrivateDestination'],
    ['0177.0.0.1:443', '403 PrivateDestination'],
    ['127.1:443', '403 PrivateDestination'],
    ['127.0.0.1.:443', '403 PrivateDestination'],
    ['[::ffff:7f00:1]:443', '403 PrivateDestination'],
    ['[::1]:443', '403 PrivateDestination'],
    ['0.0.0.0:443', '403 PrivateDestination'],
    ['LOCALHOST:443', '403 PrivateDestination'],
    [`${INSIDE}:443`, '403 PrivateDestination'],
    ['[64:ff9b::a63:1]:443', '403 PrivateDestination'],
    ['below.example.com:443', '403 NoMatchingRule'],
    ['ok.example.com:444', '403 NoMatchingRule'],
    ['nowhere.example.com:443', '403 NameNotResolved'],
  ])('%s: %s', async (target, outcome) => {
    expect(await tryConnect(target)).toBe(outcome);
  });
});

describe('a name that leads inside', () => {
  it('is refused, although a rule allows the name', async () => {
    expect(await tryConnect('rebind.example.com:443')).toBe('403 PrivateDestination');
  });

  it('is dialled only at its public addresses', async () => {
    expect(await tryConnect('mixed.example.com:443')).toBe('200');
    const [record] = await stage.audited(1, ({ target }) => target === 'mixed.example.com:443');
    expect(record?.resolvedIP).toBe(ORIGIN);
  });

  it('does not get there by changing between the check and the dial', async () => {
    const target = 'rebind.example.com:443';
    const becomes = (outcome: string) =>
      expect.poll(() => tryConnect(target), { timeout: 30_000, interval: 100 }).toBe(outcome);
    await stage.arrivals();
    for (let changes = 0; changes < 2; changes += 1) {
      await stage.setZone({ 'ok.example.com': [ORIGIN], 'rebind.example.com': [ORIGIN] });
      await becomes('200');
      await stage.setZone({ 'ok.example.com': [ORIGIN], 'rebind.example.com': [INSIDE] });
      await becomes('403 PrivateDestination');
    }
    expect(new Set((await stage.arrivals()).map(({ server }) => server))).toEqual(new Set([ORIGIN]));
    const passed = await stage.audited(2, (record) => record.target === target && record.verdict === 'allow');
    expect(new Set(passed.map(({ resolvedIP }) => resolvedIP))).toEqual(new Set([ORIGIN]));
  });
});

describe('a rule', () => {
  it('holds from the moment that it is there to the moment that it is gone', async () => {
    await stage.setZone({ 'ok.example.com': [ORIGIN], 'later.example.com': [ORIGIN] });
    expect(await tryConnect('later.example.com:443')).toBe('403 NoMatchingRule');
    await rules(['later.example.com:443'], 'later');
    expect(await tryConnect('later.example.com:443')).toBe('200');
    await stage.remove('EgressRuleSet', 'my-app', 'later');
    expect(await tryConnect('later.example.com:443')).toBe('403 NoMatchingRule');
  });
});

describe('a client', () => {
  const isHeld = () =>
    expect.poll(() => stage.metric('held_questions'), { timeout: 10_000, interval: 20 }).toBe(1);

  it('that is a fresh pod waits until its address is known', async () => {
    const asked = tryConnect('ok.example.com:443', fresh);
    await isHeld();
    await pod('fresh', fresh);
    expect(await asked).toBe('200');
  });

  it('that stays unknown is refused after the hold, one outside the pod ranges immediately', async () => {
    const answered: string[] = [];
    const asked = tryConnect('ok.example.com:443', never).then((outcome) =>
      answered.push(`never ${outcome}`),
    );
    await isHeld();
    answered.push(`stranger ${await tryConnect('ok.example.com:443', STRANGER)}`);
    await asked;
    expect(answered).toEqual(['stranger 403 IdentityUnknown', 'never 403 IdentityUnknown']);
  });

  it('with a reused address is the pod that has it now', async () => {
    await pod('old', moved);
    expect(await tryConnect('ok.example.com:443', moved)).toBe('200');
    await pod('new', moved, { namespace: 'plain' });
    expect(await tryConnect('ok.example.com:443', moved)).toBe('403 ClientNotServed');
  });

  it('whose namespace moved to another proxy is served until it is gone; a later one is not', async () => {
    const [, , , , , stays = '', later = ''] = PODS;
    await stage.apply({
      kind: 'EgressProxy',
      metadata: { name: 'second', namespace: 'second-proxy' },
      ...{ spec: {} },
    });
    const mode = { 'egress.zalando.org/mode': 'enforce' };
    await namespace('moves', mode);
    await pod('stays', stays, { namespace: 'moves' });
    await stage.apply(ruleSet('moves', ['ok.example.com:443']));
    expect(await tryConnect('ok.example.com:443', stays)).toBe('200');
    await namespace('moves', { ...mode, 'egress.zalando.org/proxy': 'second-proxy.second' });
    await pod('later', later, { namespace: 'moves' });
    expect(await tryConnect('ok.example.com:443', stays)).toBe('200');
    expect(await tryConnect('ok.example.com:443', later)).toBe('403 ClientNotServed');
  });

  it('in observe mode passes, and the log says what enforce would do', async () => {
    expect(await tryConnect('ok.example.com:443', watched)).toBe('200');
    const [record] = await stage.audited(1, ({ namespace: name }) => name === 'watched');
    expect(record).toMatchObject({
      verdict: 'allow',
      wouldDeny: true,
      reason: 'NoMatchingRule',
      pod: 'watched',
    });
  });
});

describe('the audit log', () => {
  it('has one line for a tunnel and one for a GET, with all that it took', async () => {
    await stage.curl(api, '-p', '-A', 'tab\tand "quotes"', 'http://ok.example.com:443/audited');
    await stage.curl(api, 'http://user:pw@ok.example.com/audited?token=secret');
    const records = await stage.audited(1, ({ url }) => url?.includes('/audited') ?? false);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      namespace: 'my-app',
      pod: 'api',
      client: api,
      method: 'GET',
      target: 'ok.example.com:80',
      url: 'http://ok.example.com/audited?redacted',
      verdict: 'allow',
      reason: 'RuleAllowed',
      rule: 'my-app/rules#1',
      resolvedIP: ORIGIN,
      status: 200,
      result: 'TCP_MISS',
    });
    const [tunnel] = await stage.audited(1, ({ userAgent }) => userAgent?.startsWith('tab') ?? false);
    expect(tunnel).toMatchObject({ method: 'CONNECT', result: 'TCP_TUNNEL', userAgent: 'tab\tand "quotes"' });
    expect(tunnel?.url).toBeUndefined();
  });

  it('survives what a client can make long', async () => {
    await stage.curl(api, '-A', 'x'.repeat(3000), `http://ok.example.com/long${'y'.repeat(7000)}`);
    await stage.curl(api, `http://ok.example.com/longer${'y'.repeat(12_000)}`);
    const [long] = await stage.audited(1, ({ url }) => url?.includes('/longy') ?? false);
    expect(long).toMatchObject({ target: 'ok.example.com:80', verdict: 'allow', status: 200 });
    const [longer] = await stage.audited(1, ({ url }) => url?.includes('/longery') ?? false);
    expect(longer).toMatchObject({
      target: 'ok.example.com',
      pod: 'api',
      verdict: 'deny',
      reason: 'MalformedTarget',
    });
  });
});

describe('a target with addresses that do not answer', () => {
  const silent = [1, 2, 3].map((host) => SILENT.replace('0/24', String(host)));
  beforeAll(() => stage.setZone({ 'ok.example.com': [ORIGIN], 'silent.example.com': [...silent, ORIGIN] }));

  it.each([
    ['GET', ['http://silent.example.com/path']],
    ['CONNECT', ['-p', 'http://silent.example.com:443/path']],
  ])(
    'is reached by %s at the one that does',
    async (_, args) => {
      const { stdout } = await stage.curl(api, ...args);
      expect(stdout).toBe(`hello from ${ORIGIN} /path\n`);
    },
    60_000,
  );
});

describe('a Host header', () => {
  it.each([
    ['of the URL', ' ok.example.com'],
    ['that is left out', ''],
    ['of another host', ' below.example.com'],
    ['with another port', ' ok.example.com:443'],
    ['with a user', ' below.example.com@ok.example.com'],
  ])('%s reaches no origin: it gets the host of the URL', async (_, host) => {
    await stage.arrivals();
    const { stdout } = await stage.curl(api, '-H', `Host:${host}`, 'http://ok.example.com/host');
    expect(stdout).toBe(`hello from ${ORIGIN} /host\n`);
    expect((await stage.arrivals()).map((arrival) => arrival.host)).toEqual(['ok.example.com']);
  });
});

describe('a URL that is too long', () => {
  const url = (length: number) => {
    const start = 'http://ok.example.com/';
    return start + 'l'.repeat(length - start.length);
  };

  it('passes up to the length that the refusal names', async () => {
    const { stdout } = await stage.curl(api, '-o', '/dev/null', '-w', '%{http_code}', url(8191));
    expect(stdout).toBe('200');
  });

  it.each([
    [8192, 400, /the URL is longer than 8,191 bytes/],
    [20_000, 400, /the URL is longer than 8,191 bytes/],
    [60_000, 414, /its URL and its headers, is larger than 32 KiB/],
  ])('is refused with %i bytes, and the refusal says why', async (length, status, reason) => {
    const { stdout } = await stage.curl(api, '-w', '%{http_code}', url(length));
    expect(stdout).toMatch(reason);
    expect(stdout).toMatch(new RegExp(`${status}$`));
  });
});

describe('an idle tunnel', () => {
  it('has TCP keepalives on the side of the client, so that a dead one is found', async () => {
    const client = spawn('nsenter', stage.network.inside(process.execPath, '-e', IDLE_TUNNEL, api));
    const [status] = (await once(client.stdout, 'data')) as [Buffer];
    expect(String(status)).toMatch(/^HTTP\/1.1 200 /);
    const sockets = execFileSync('nsenter', stage.network.inside('ss', '-Htno', `dst ${api}`), {
      encoding: 'utf8',
    });
    client.kill();
    expect(sockets).toMatch(/^ESTAB .*:3128 .*timer:\(keepalive,/m);
  });
});

describe('an agent that is killed', () => {
  const requests = 8000;
  const isLoad = ({ url }: { url?: string }) => url?.includes('/load/') ?? false;

  /** Until the pending requests are answered: none of them may wait for agent after agent. */
  async function goOn(): Promise<void> {
    const answered = () => {
      const lines = readFileSync(stage.output.path, 'utf8');
      return new Set([...lines.matchAll(/\/load\/(\d+)\?/g)].map(([, number]) => Number(number)));
    };
    const begun = Math.min(Math.max(0, ...answered()) + 100, requests);
    const isBegun = (number: number) => number < begun;
    while ([...answered()].filter(isBegun).length < begun) await sleep(100);
  }

  it('refuses no request, and its audit log has each request: twice only what the next agent names', async () => {
    const loading = stage.load({
      kind: 'GET',
      targets: ['ok.example.com:80', 'no.example.com:80'],
      sources: [api],
      requests,
      concurrency: 16,
    });
    for (let kills = 0; kills < 10; kills += 1) {
      await goOn();
      await stage.killAgent('SIGKILL');
      await stage.startAgent();
    }
    const report = await loading;
    const byId = () =>
      Map.groupBy(
        stage.audit().filter((record) => isLoad(record)),
        ({ id }) => id,
      );
    await expect.poll(() => byId().size, { timeout: 60_000, interval: 200 }).toBe(requests);
    const lines = [...byId().values()];
    const records = lines.flatMap(([first]) => first ?? []);
    const odd = records.filter(({ status, target }) => (status === 200) !== (target === 'ok.example.com:80'));
    expect(report.outcomes, JSON.stringify(odd.slice(0, 5))).toEqual({
      200: requests / 2,
      403: requests / 2,
    });
    expect(new Set(records.map(({ url }) => url)).size).toBe(requests);
    expect(records.filter(({ verdict }) => verdict === 'allow')).toHaveLength(requests / 2);
    // A kill between print and position repeats some lines (src/agent/audit/audit-log.ts).
    const named =
      stage.agent
        .log()
        .match(/^.*may be repeated.*$/gm)
        ?.join() ?? '';
    const repeated = lines.filter(({ length }) => length > 1);
    expect(repeated.filter(([first]) => !named.includes(`"${first?.id}"`))).toEqual([]);
    expect(
      repeated.filter(([first, ...rest]) => !rest.every((line) => isDeepStrictEqual(line, first))),
    ).toEqual([]);
    // The agent starts ten times, which takes seconds each on a busy machine.
  }, 300_000);

  it('decides by its snapshot while the API server is away', async () => {
    const snapshot = () => readFileSync(join(stage.folder, 'state', 'snapshot.jsonl'), 'utf8');
    await expect.poll(snapshot, { timeout: 20_000 }).toContain('"ok.example.com:443"');
    await stage.killAgent('SIGKILL');
    await stage.startAgent({ reachable: false });
    expect(await tryConnect('ok.example.com:443')).toBe('200');
    expect(await tryConnect('no.example.com:443')).toBe('403 NoMatchingRule');
    expect(stage.agent.log()).toContain('"kind":"stale"');
  });
});

describe('a leased answer', () => {
  const target = 'again.example.com:443';
  // The relay's own decisions have an id with `r`.
  const reused = () =>
    stage.audit().filter(({ id, target: seen }) => seen === target && /-r\w+$/.test(id ?? ''));
  // A lease ends with the TTL of its name.
  beforeAll(() =>
    stage.setZone({ 'ok.example.com': [ORIGIN], 'again.example.com': [ORIGIN] }, { ttlSeconds: 300 }),
  );

  /** Connects until the relay has reused the answer. */
  async function reuseOnce(): Promise<void> {
    const before = reused().length;
    while (reused().length === before) expect(await tryConnect(target)).toBe('200');
  }

  it('is not reused after its rule is removed', async () => {
    for (let round = 0; round < 10; round += 1) {
      await rules([target], 'again');
      await reuseOnce();
      await stage.remove('EgressRuleSet', 'my-app', 'again');
      expect(await tryConnect(target)).toBe('403 NoMatchingRule');
    }
    expect(reused()[0]).toMatchObject({ pod: 'api', reason: 'RuleAllowed', rule: 'my-app/again#0' });
  }, 180_000);

  it('is reused until its rule set expires, and no longer', async () => {
    const end = Date.now() + 4000;
    await rules([target], 'again', { expiresAt: new Date(end).toISOString() });
    const since = reused().length;
    for (let begun = 0; begun < end; ) {
      begun = Date.now();
      const answer = await tryConnect(target);
      if (Date.now() < end) expect(answer).toBe('200');
      if (begun >= end) expect(answer).toBe('403 NoMatchingRule');
    }
    expect(reused().length).toBeGreaterThan(since);
    await stage.remove('EgressRuleSet', 'my-app', 'again');
  }, 60_000);

  it('is not reused for another pod with the same address', async () => {
    await rules([target], 'again');
    await reuseOnce();
    await stage.remove('Pod', 'my-app', 'api');
    await pod('watched-2', api, { namespace: 'plain' });
    expect(await tryConnect(target)).toBe('403 ClientNotServed');
    await stage.remove('Pod', 'plain', 'watched-2');
    await pod('api', api);
    await stage.remove('EgressRuleSet', 'my-app', 'again');
  });
});

describe('a relay that is killed', () => {
  it('is started again by Squid', async () => {
    await stage.squid.killAclRelay();
    expect(await tryConnect('ok.example.com:443')).toBe('200');
  });
});

describe('a stop in order', () => {
  it('loses no audit line', async () => {
    const loading = stage.load({
      kind: 'CONNECT',
      targets: ['ok.example.com:9'],
      sources: [api],
      requests: 500,
      concurrency: 8,
    });
    const report = await loading;
    await stage.stopSquid('SIGTERM');
    await stage.killAgent('SIGTERM');
    expect(report.outcomes).toEqual({ 200: 500 });
    // The agent has printed all; the collector writes what it reads a moment later.
    expect(await stage.audited(500, ({ target }) => target === 'ok.example.com:9')).toHaveLength(500);
  });
});
