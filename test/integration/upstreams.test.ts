import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EgressProxy, EgressProxySpec, Upstream, UpstreamHealth } from '../../src/api/index.ts';
import { createAuthority, issueServingCertificate } from '../../src/tls/index.ts';
import { ORIGIN, PARENTS, PODS } from './support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from './support/squid/cluster-objects.ts';
import type { ParentLine, ParentSquid } from './support/squid/parent-squid.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

const [api = ''] = PODS;
const [FIRST, SECOND, THIRD] = PARENTS;

const owns = (zone: string) => [`.${zone}.example.com:80`, `.${zone}.example.com:443`];
const DECISION_ID = { name: 'X-Egress-Decision-Id', value: 'DecisionId' } as const;
const POD = { name: 'X-Egress-Pod', value: 'PodIdentity' } as const;
const parent = (name: string, zone: string, more: Partial<Upstream> = {}): Upstream => ({
  name,
  host: `${name}.corp.example`,
  port: 8080,
  targets: owns(zone),
  ...more,
});
const withOwnAuthority = { caSecretRef: { name: 'parent-ca' } };

const spec: EgressProxySpec = {
  privateDestinations: 'Allow',
  privateCIDRs: ['203.0.113.0/24'],
  limits: { requestsPerSecond: 100_000 },
  drainSeconds: 1,
  upstreams: [
    parent('first', 'shared', { header: DECISION_ID, connectTimeoutSeconds: 1 }),
    parent('second', 'shared', { header: DECISION_ID }),
    parent('login', 'login', { port: 3129, credentialsSecretRef: { name: 'parent-login' }, header: POD }),
    parent('behind-login', 'login'),
    parent('moving', 'moving'),
    parent('late', 'late'),
    parent('closing', 'closing'),
    parent('tls', 'tls', { port: 3130, tls: withOwnAuthority }),
    parent('other-ca', 'other-ca', { port: 3130, tls: withOwnAuthority }),
    parent('wrong-name', 'wrong-name', { port: 3130, tls: withOwnAuthority }),
    parent('no-ca', 'no-ca', { port: 3130, tls: {} }),
  ],
};
const zone: Record<string, string[]> = {
  'first.corp.example': [FIRST],
  'second.corp.example': [SECOND],
  'login.corp.example': [FIRST],
  'behind-login.corp.example': [SECOND],
  'moving.corp.example': [FIRST],
  'closing.corp.example': [THIRD],
  'tls.corp.example': [FIRST],
  'other-ca.corp.example': [FIRST],
  'wrong-name.corp.example': [FIRST],
  'no-ca.corp.example': [FIRST],
  'alias-of-first.example.com': [FIRST],
  'direct.example.com': [ORIGIN],
  ...Object.fromEntries(
    ['shared', 'login', 'moving', 'late', 'closing', 'tls', 'other-ca', 'wrong-name', 'no-ca'].map(
      (owned) => [`a.${owned}.example.com`, [ORIGIN]],
    ),
  ),
};

const stage = new SquidStage(spec);
const file = (...path: string[]) => join(stage.folder, ...path);
const ALLOWS = ['acl known dstdomain .example.com', 'http_access allow known', 'http_access deny all'];
let first: ParentSquid;
let second: ParentSquid;

/** The EgressProxy with other upstreams, as the agent sees it; Squid keeps its configuration. */
function setUpstreams(change: (upstream: Upstream) => Upstream): Promise<void> {
  const changed: EgressProxy = {
    ...stage.proxy,
    spec: { ...spec, upstreams: (spec.upstreams ?? []).map(change) },
  };
  return stage.apply(changed);
}

async function makeCertificates(): Promise<void> {
  const now = Date.now();
  const [authority, stranger] = await Promise.all([createAuthority({ now }), createAuthority({ now })]);
  const pair = await issueServingCertificate({
    authority,
    names: ['tls.corp.example', 'no-ca.corp.example'],
    now,
  });
  writeFileSync(file('parent.pem'), pair.cert + pair.key);
  for (const [name, { cert }] of Object.entries({
    tls: authority,
    'other-ca': stranger,
    'wrong-name': authority,
  })) {
    mkdirSync(file(name), { recursive: true });
    writeFileSync(file(name, 'ca.crt'), cert);
  }
}

function writeLogin(password: string): void {
  mkdirSync(file('credentials', 'login'), { recursive: true });
  writeFileSync(file('credentials', 'login', 'username'), 'cluster\n');
  writeFileSync(file('credentials', 'login', 'password'), `${password}\n`);
}

function writePasswords(password: string): void {
  const hash = execFileSync('openssl', ['passwd', '-apr1', password], { encoding: 'utf8' }).trim();
  writeFileSync(file('passwords'), `cluster:${hash}\n`);
}

beforeAll(async () => {
  await stage.apply(enforcedNamespace('my-app'));
  await stage.apply(runningPod({ namespace: 'my-app', name: 'api', ip: api }));
  const targets = ['.example.com:80', '.example.com:443', '.corp.example:8080', `${FIRST}:8080`];
  targets.push('alias-of-first.example.com:8080', '.else.example:80');
  await stage.apply(ruleSet('my-app', targets));
  writeLogin('wrong');
  writePasswords('right');
  await makeCertificates();
  await stage.start({ zone });
  first = await stage.startParent('first', [
    `http_port ${FIRST}:8080`,
    `http_port ${FIRST}:3129`,
    `https_port ${FIRST}:3130 tls-cert=${file('parent.pem')}`,
    `tcp_outgoing_address ${FIRST}`,
    `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${file('passwords')}`,
    'auth_param basic credentialsttl 1 second',
    'acl asks_for_login localport 3129',
    'acl signed_in proxy_auth REQUIRED',
    'http_access deny asks_for_login !signed_in',
    ...ALLOWS,
  ]);
  second = await stage.startParent('second', [
    `http_port ${SECOND}:8080`,
    `tcp_outgoing_address ${SECOND}`,
    ...ALLOWS,
  ]);
  await allAreUp();
});
afterAll(async () => {
  await first?.kill();
  await second?.kill();
  await stage.close();
});

async function healthOf(name: string): Promise<UpstreamHealth | undefined> {
  const { upstreams } = await stage.upstreams();
  return upstreams.find((upstream) => upstream.name === name);
}

/** Milliseconds: the agent probes an unused parent every 15 s, and caches a name for 5 s. */
const LIMIT = 40_000;

// Some tests wait for that more than once.
vi.setConfig({ testTimeout: 120_000 });

/** The last answer, good or not. */
async function until<T>(ask: () => Promise<T>, good: (answer: T) => boolean): Promise<T> {
  for (const end = Date.now() + LIMIT; ; await sleep(100)) {
    const answer = await ask();
    if (good(answer) || Date.now() > end) return answer;
  }
}

const becomes = (name: string, healthy: boolean) =>
  until(
    () => healthOf(name),
    (health) => health?.healthy === healthy,
  );

/** Waits until all parents that can be up are. */
async function allAreUp(): Promise<void> {
  for (const name of ['first', 'second', 'login', 'behind-login', 'moving', 'tls']) {
    expect(await becomes(name, true), name).toMatchObject({ healthy: true });
  }
}

/** The newest request of a parent's log that is so; a tunnel's is written when the parent has seen its end. */
async function lineOf(
  parent: ParentSquid,
  isIt: (line: ParentLine) => boolean,
): Promise<ParentLine | undefined> {
  return until(
    async () => parent.lines().findLast(isIt),
    (line) => line !== undefined,
  );
}

/** Status and body of a plain request. */
async function get(url: string, ...args: string[]): Promise<string> {
  const { stdout } = await stage.curl(api, '-w', '%{http_code}', ...args, url);
  return stdout;
}

/** The status of a CONNECT, and the reason where the proxy gives one. */
async function connect(target: string, ...args: string[]): Promise<string> {
  const { stderr } = await stage.curl(api, '-v', '-p', '-o', '/dev/null', ...args, `http://${target}`);
  const [, status = 'none'] = /< HTTP\/1.1 (\d+)/.exec(stderr) ?? [];
  const [, reason = ''] = /X-Egress-Decision: .*?\((\w+)/.exec(stderr) ?? [];
  return `${status} ${reason}`.trim();
}

describe('what an upstream owns', () => {
  it('goes through it, and the parent alone dials the origin', async () => {
    await stage.arrivals();
    expect(await get('http://a.shared.example.com/x')).toBe(`hello from ${ORIGIN} /x\n200`);
    expect(await connect('a.shared.example.com:443')).toBe('200');
    const arrivals = await stage.arrivals();
    expect(arrivals.map(({ client }) => client)).toEqual([FIRST, FIRST]);
  });

  it('has the parent in its audit line, and the id of that line in the log of the parent', async () => {
    await get('http://a.shared.example.com/joined');
    const [record] = await stage.audited(1, ({ url }) => url?.endsWith('/joined') ?? false);
    expect(record).toMatchObject({ upstream: 'first', upstreamStatus: 200, status: 200 });
    const line = await lineOf(first, ({ url }) => url.endsWith('/joined'));
    expect(line?.decisionId).toBe(record?.id);
  });

  it("gives a client no say in the parent's header or credentials", async () => {
    const forged = ['-H', 'X-Egress-Decision-Id: forged', '--proxy-user', 'me:mine'];
    await get('http://a.shared.example.com/forged', ...forged);
    await connect('forged.shared.example.com:443', '--proxy-header', 'X-Egress-Decision-Id: forged');
    const lines = await until(
      async () => first.lines().filter(({ url }) => url.includes('forged')),
      (found) => found.length === 2,
    );
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line.decisionId).toMatch(/^[\da-f]+-/);
      expect(line.login).toBe('-');
    }
  });

  it('is refused by a parent in its own words', async () => {
    await setUpstreams((one) => ({ ...one, targets: [...(one.targets ?? []), '.else.example:80'] }));
    const answer = await get('http://no.else.example/');
    expect(answer).toContain('first');
    expect(answer).toContain('ERR_ACCESS_DENIED');
    expect(answer).toMatch(/403$/);
    const [record] = await stage.audited(1, ({ target }) => target === 'no.else.example:80');
    expect(record).toMatchObject({ verdict: 'allow', upstream: 'first', upstreamStatus: 403, status: 403 });
  });
});

describe('what no upstream owns', () => {
  it('goes directly and carries none of our headers', async () => {
    await stage.arrivals();
    await get('http://direct.example.com/plain');
    const [arrival] = await stage.arrivals();
    expect(arrival?.client).not.toBe(FIRST);
    expect(arrival?.headers.filter((name) => name.startsWith('x-egress'))).toEqual([]);
  });
});

describe('the parent itself', () => {
  it.each(['first.corp.example:8080', `${FIRST}:8080`, 'alias-of-first.example.com:8080'])(
    'is no destination, whatever rules say: %s',
    async (target) => {
      expect(await connect(target)).toBe('403 ProxyItself');
    },
  );
});

describe('a parent that goes away', () => {
  it('costs no request while another one owns the target', async () => {
    const loading = stage.load({
      kind: 'GET',
      targets: ['a.shared.example.com:80'],
      sources: [api],
      requests: 3000,
      concurrency: 8,
    });
    await lineOf(first, ({ url }) => url.includes('/load/'));
    await first.kill();
    expect((await loading).outcomes).toEqual({ 200: 3000 });
    expect(second.lines().length).toBeGreaterThan(0);
    const health = await becomes('first', false);
    expect(health).toMatchObject({ healthy: false, lastError: `${FIRST}: ECONNREFUSED` });
  });

  it('is refused with the reason, and not gone around, where no other is left', async () => {
    await second.kill();
    await becomes('second', false);
    await stage.arrivals();
    await stage.queries();
    expect(await get('http://a.shared.example.com/')).toMatch(
      /^Pod my-app\/api may not reach a.shared.example.com:80 \(UpstreamUnavailable: first: 10.50.0.1: ECONNREFUSED, second: .*503$/s,
    );
    expect(await connect('a.shared.example.com:443')).toBe('503 UpstreamUnavailable');
    expect(await stage.arrivals()).toEqual([]);
    expect((await stage.queries()).filter((query) => query.includes('shared'))).toEqual([]);
  });

  it('is used again when it is back', async () => {
    await Promise.all([first.start(), second.start()]);
    await allAreUp();
    const before = first.lines().length;
    expect(await connect('a.shared.example.com:443')).toBe('200');
    const lines = await until(
      async () => first.lines().length,
      (count) => count > before,
    );
    expect(lines).toBe(before + 1);
  });
});

describe('a parent that accepts connections', () => {
  const waits = 'it accepts connections and did not answer OPTIONS in 3 s';

  it('and hangs is not used until it answers again', async () => {
    first.signal('SIGSTOP');
    try {
      expect(await becomes('first', false)).toMatchObject({ lastError: `${FIRST}: ${waits}` });
      const before = second.lines().length;
      expect(await connect('a.shared.example.com:443')).toBe('200');
      const lines = await until(
        async () => second.lines().length,
        (count) => count > before,
      );
      expect(lines).toBeGreaterThan(before);
    } finally {
      first.signal('SIGCONT');
    }
    await becomes('first', true);
  });

  it('and closes them is not used, unless it has to accept connections only', async () => {
    const program = `require('net').createServer((socket) => socket.once('data', () => socket.destroy())).listen(8080, '${THIRD}')`;
    const closing = spawn('nsenter', stage.network.inside(process.execPath, '-e', program), {
      stdio: 'ignore',
    });
    try {
      const lastError = `${THIRD}: it closed the connection and did not answer OPTIONS`;
      const isFound = (health?: UpstreamHealth) =>
        health?.healthy === false && health.lastError === lastError;
      expect(await until(() => healthOf('closing'), isFound)).toMatchObject({ healthy: false, lastError });
      expect(await connect('a.closing.example.com:443')).toBe('503 UpstreamUnavailable');
      await setUpstreams((one) => (one.name === 'closing' ? { ...one, probe: 'Connect' } : one));
      expect(await becomes('closing', true)).toMatchObject({ healthy: true });
    } finally {
      closing.kill('SIGKILL');
      await setUpstreams((one) => one);
    }
  });
});

describe('a parent whose name changes', () => {
  it('is followed, and kept while its name does not resolve', async () => {
    expect(await connect('a.moving.example.com:443')).toBe('200');
    await stage.setZone({ ...zone, 'moving.corp.example': [SECOND] });
    const isAtSecond = async () => {
      const before = second.lines().length;
      await connect('a.moving.example.com:443');
      return second.lines().length > before;
    };
    expect(await until(isAtSecond, (there) => there)).toBe(true);
    const { 'moving.corp.example': _, ...gone } = zone;
    await stage.setZone(gone);
    await stage.queries();
    await until(
      () => stage.queries(),
      (queries) => queries.includes('A moving.corp.example'),
    );
    // The parent writes its line a moment after the client has its answer.
    expect(await until(isAtSecond, (there) => there)).toBe(true);
  });

  it('is used at the addresses that answer', async () => {
    await stage.setZone({ ...zone, 'moving.corp.example': [THIRD, SECOND] });
    await until(
      () => healthOf('moving'),
      (health) => health?.lastError === `${THIRD}: ECONNREFUSED`,
    );
    expect(await connect('a.moving.example.com:443')).toBe('200');
  });

  it('may resolve for the first time long after Squid has started', async () => {
    expect(await connect('a.late.example.com:443')).toMatch(/^503/);
    expect((await healthOf('late'))?.lastError).toBe('its name does not resolve');
    await stage.setZone({ ...zone, 'late.corp.example': [FIRST] });
    await becomes('late', true);
    expect(await connect('a.late.example.com:443')).toBe('200');
  });
});

describe('a parent that asks for a password', () => {
  it('refuses a wrong one, which shows in its health', async () => {
    expect(await connect('a.login.example.com:443')).toBe('407');
    const health = await becomes('login', false);
    expect(health?.lastError).toBe('the parent rejects our credentials (407)');
  });

  it('takes a new one from the mounted Secret, without a restart, and learns who asks', async () => {
    const pid = stage.squid.pid;
    writeLogin('right');
    const status = await until(
      () => connect('a.login.example.com:443'),
      (answer) => answer === '200',
    );
    expect(status).toBe('200');
    expect(stage.squid.pid).toBe(pid);
    await becomes('login', true);
    const line = await lineOf(
      first,
      ({ url, status: answered }) => url === 'a.login.example.com:443' && answered === 200,
    );
    const login = Buffer.from('cluster:right').toString('base64');
    expect(line).toMatchObject({ pod: 'my-app/api', login: `Basic%20${login}` });
  });

  it('is the only one that sees it, also when another has to step in', async () => {
    await first.kill();
    await becomes('login', false);
    expect(await connect('a.login.example.com:443')).toBe('200');
    const line = await lineOf(second, ({ url }) => url === 'a.login.example.com:443');
    expect(line).toMatchObject({ pod: '-', login: '-' });
    await first.start();
    await allAreUp();
  });
});

describe('a parent inside TLS', () => {
  it('is used when its certificate is right', async () => {
    expect(await connect('a.tls.example.com:443')).toBe('200');
  });

  it.each([
    ['other-ca', /SIGNATURE|SELF_SIGNED|VERIFY/],
    ['wrong-name', /ALTNAME_INVALID/],
    ['no-ca', /SELF_SIGNED|UNABLE_TO/],
  ])('%s: is not', async (name, error) => {
    const health = await until(
      () => healthOf(name),
      (found) => error.test(found?.lastError ?? ''),
    );
    expect(health).toMatchObject({ healthy: false, lastError: expect.stringMatching(error) });
    expect(await connect(`a.${name}.example.com:443`)).toBe('503 UpstreamUnavailable');
    expect(first.lines().filter(({ url }) => url.includes(name))).toEqual([]);
  });
});

describe("an upstream's targets", () => {
  it('change with no reload', async () => {
    const pid = stage.squid.pid;
    await setUpstreams((one) => (one.name === 'first' ? { ...one, targets: owns('direct') } : one));
    const before = second.lines().length;
    expect(
      await until(
        async () => {
          await connect('a.shared.example.com:443');
          return second.lines().length;
        },
        (count) => count > before,
      ),
    ).toBeGreaterThan(before);
    expect(stage.squid.pid).toBe(pid);
  });
});
