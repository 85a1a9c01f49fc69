import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditRecord, annotation, type EgressProxy } from '../../src/api/index.ts';
import {
  GREETER_PORT,
  INSIDE,
  ORIGIN,
  PODS,
  PROXY,
  PROXY_PORT,
  SILENT,
  TLS_PORT,
} from './support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from './support/squid/cluster-objects.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

const [api = '', watched = '', annotated = ''] = PODS;
const SSH = `ssh.example.com:${TLS_PORT}`;
const CLOSED_PORT = 8445;
/** A server that reads and never answers. */
const DISCARD_PORT = 9;
const stage = new SquidStage({
  privateDestinations: 'Allow',
  privateCIDRs: ['203.0.113.0/24', SILENT],
  tlsServerName: 'Enforce',
  tlsPorts: [TLS_PORT, GREETER_PORT, CLOSED_PORT, DISCARD_PORT],
  tcpTargets: [SSH],
});
const OK = `ok.example.com:${TLS_PORT}`;

beforeAll(async () => {
  await stage.apply(enforcedNamespace('my-app'));
  await stage.apply({
    ...enforcedNamespace('observed'),
    metadata: { name: 'observed', labels: { 'egress.zalando.org/mode': 'observe' } },
  });
  await stage.apply(runningPod({ namespace: 'my-app', name: 'api', ip: api }));
  await stage.apply(runningPod({ namespace: 'observed', name: 'watched', ip: watched }));
  const ports = [TLS_PORT, GREETER_PORT, CLOSED_PORT, DISCARD_PORT, 8080];
  const targets = ports.map((port) => `ok.example.com:${port}`);
  const strict = enforcedNamespace('annotated');
  const annotations = { [annotation.tlsServerName]: 'enforce' };
  await stage.apply({ ...strict, metadata: { ...strict.metadata, annotations } });
  await stage.apply(runningPod({ namespace: 'annotated', name: 'strict', ip: annotated }));
  const everyDomain = ['silent', 'partly', 'inside', 'nowhere'].map(
    (name) => `${name}.example.com:${TLS_PORT}`,
  );
  await stage.apply(ruleSet('annotated', [...targets, ...everyDomain]));
  await stage.apply(ruleSet('my-app', [...targets, SSH, `${ORIGIN}/32:${TLS_PORT}`, ...everyDomain]));
  await stage.apply(ruleSet('observed', targets));
  const silent = SILENT.replace('0/24', '1');
  const addresses = { ok: [ORIGIN], silent: [silent], partly: [silent, ORIGIN], inside: [INSIDE] };
  const zone = Object.entries(addresses).map(([name, found]) => [`${name}.example.com`, found]);
  await stage.start({ zone: { ...Object.fromEntries(zone), 'ssh.example.com': [ORIGIN] } });
  stage.network.addSilentRange(SILENT);
});
afterAll(() => stage.close());

/** curl to the address of OK under a name, which is the name that it sends to the server. */
async function request(name: string, { source = api, target = OK } = {}) {
  // Without a name curl connects to the address.
  const [host = '', port = ''] = target.split(':');
  return curl(
    source,
    '-k',
    '--connect-to',
    `${name}:${port}:${host}:${port}`,
    `https://${name}:${port}/path`,
  );
}

/**
 * The user agent of the requests of now. A tunnel's audit record comes after its end, so that those of earlier requests
 * can come while a request is under way.
 */
let userAgent = 'before';
let actions = 0;
const curl = (source: string, ...args: string[]) => stage.curl(source, '-A', userAgent, ...args);

/** The audit record of the action's request, or of the one that `select` takes. */
async function recordOf(
  action: () => Promise<unknown>,
  select: (record: AuditRecord) => boolean = () => true,
): Promise<AuditRecord | undefined> {
  actions += 1;
  const own = `action-${actions}`;
  userAgent = own;
  await action();
  userAgent = `after-${own}`;
  const [record] = await stage.audited(1, (one) => one.userAgent === own && select(one));
  return record;
}

/** Sends bytes after the server has spoken; prints what it receives, and ends when the tunnel does. */
const RAW_TUNNEL = `
const [, source, target, hex, userAgent] = process.argv;
const socket = require('node:net').connect({ host: '${PROXY}', port: ${PROXY_PORT}, localAddress: source });
socket.write(
  'CONNECT ' + target + ' HTTP/1.1\\r\\nHost: ' + target + '\\r\\nUser-Agent: ' + userAgent + '\\r\\n\\r\\n',
);
let text = '';
socket.on('data', (chunk) => {
  const hasGreeted = text.includes('220 ');
  text += chunk;
  process.stdout.write(chunk);
  if (!hasGreeted && text.includes('220 ')) socket.write(Buffer.from(hex, 'hex'));
});`;

async function rawTunnel(target: string, bytes: string, source = api): Promise<string> {
  const args = [
    process.execPath,
    '-e',
    RAW_TUNNEL,
    source,
    target,
    Buffer.from(bytes, 'latin1').toString('hex'),
    userAgent,
  ];
  const child = spawn('nsenter', stage.network.inside(...args), { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(child, 'close');
  return text;
}

describe('a tunnel with tlsServerName: Enforce', () => {
  it('passes with the name that was allowed, and its record has the name and the address', async () => {
    const record = await recordOf(async () => {
      const { stdout } = await request('ok.example.com');
      expect(stdout).toBe(`hello from ${ORIGIN} /path\n`);
    });
    expect(record).toMatchObject({
      verdict: 'allow',
      reason: 'RuleAllowed',
      target: OK,
      sni: 'ok.example.com',
      resolvedIP: ORIGIN,
      status: 200,
      namespace: 'my-app',
    });
    expect(record).not.toHaveProperty('wouldDeny');
    expect(record).not.toHaveProperty('upstream');
    expect(await stage.arrivals()).toMatchObject([{ sni: 'ok.example.com', port: TLS_PORT }]);
  });

  it('ends with another name before anything reaches the server, with one record that says so', async () => {
    await stage.arrivals();
    const record = await recordOf(async () => {
      const { stderr, code } = await request('files.example.com');
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/alert access denied|tlsv1 alert/i);
    });
    expect(record).toMatchObject({
      verdict: 'deny',
      reason: 'ServerNameMismatch',
      target: OK,
      sni: 'files.example.com',
      rule: 'my-app/rules#0',
      resolvedIP: ORIGIN,
    });
    expect(await stage.arrivals()).toEqual([]);
    const { id } = record ?? {};
    expect(stage.audit().filter((one) => one.id === id)).toHaveLength(1);
    await expect
      .poll(() => stage.agent.log(), { timeout: 50_000 })
      .toContain(
        `event api ServerNameMismatch: ServerNameMismatch: the tunnel to ${OK} was ended, with the TLS server name files.example.com`,
      );
  });

  it('ends with a name of an address, which TLS has no name for', async () => {
    const record = await recordOf(() => request('192.0.2.1'));
    expect(record).toMatchObject({ verdict: 'deny', reason: 'NameMissing' });
    expect(record).not.toHaveProperty('sni');
  });

  it('ends with what is no TLS, and passes what the server says first', async () => {
    const target = `ok.example.com:${GREETER_PORT}`;
    const record = await recordOf(async () => {
      const text = await rawTunnel(target, 'EHLO pod\r\n');
      expect(text).toContain('220 mail.example.com ESMTP');
      expect(text).not.toContain('EHLO');
    });
    expect(record).toMatchObject({ verdict: 'deny', reason: 'NotTLS', target });
  });

  it('is only reported in observe mode', async () => {
    const record = await recordOf(async () => {
      const { stdout } = await request('files.example.com', { source: watched });
      expect(stdout).toBe(`hello from ${ORIGIN} /path\n`);
    });
    expect(record).toMatchObject({
      verdict: 'allow',
      wouldDeny: true,
      reason: 'ServerNameMismatch',
      tlsFault: 'ServerNameMismatch',
      sni: 'files.example.com',
    });
  });

  it('shows its fault in observe mode where no rule allows the target, too', async () => {
    const target = `partly.example.com:${TLS_PORT}`;
    const withoutRule = { verdict: 'allow', wouldDeny: true, reason: 'NoMatchingRule', target };
    const another = await recordOf(() => request('files.example.com', { source: watched, target }));
    expect(another).toMatchObject({
      ...withoutRule,
      tlsFault: 'ServerNameMismatch',
      sni: 'files.example.com',
    });
    const own = await recordOf(() => request('partly.example.com', { source: watched, target }));
    expect(own).toMatchObject({ ...withoutRule, sni: 'partly.example.com' });
    expect(own).not.toHaveProperty('tlsFault');
  });

  it('is not checked on another port, nor to an address', async () => {
    const plain = await recordOf(() => curl(api, '-p', 'http://ok.example.com:8080/'));
    expect(plain).toMatchObject({ verdict: 'allow', method: 'CONNECT', resolvedIP: ORIGIN });
    expect(plain).not.toHaveProperty('sni');
    const address = await recordOf(() => curl(api, '-k', `https://${ORIGIN}:${TLS_PORT}/`));
    expect(address).toMatchObject({ verdict: 'allow', resolvedIP: ORIGIN });
    expect(address).not.toHaveProperty('wouldDeny');
  });

  it('is not checked to a target that the operator says is no TLS', async () => {
    const record = await recordOf(async () => {
      const { stdout } = await request('files.example.com', { target: SSH });
      expect(stdout).toBe(`hello from ${ORIGIN} /path\n`);
    });
    expect(record).toMatchObject({ verdict: 'allow', target: SSH });
    expect(record).not.toHaveProperty('sni');
  });

  it('keeps the refusal of the rules, with its header', async () => {
    const record = await recordOf(async () => {
      const { stderr } = await curl(api, '-v', '-k', `https://no.example.com:${TLS_PORT}/`);
      expect(stderr).toMatch(/403 Forbidden/);
      expect(stderr).toMatch(/X-Egress-Decision: .*NoMatchingRule/i);
    });
    expect(record).toMatchObject({ verdict: 'deny', reason: 'NoMatchingRule' });
  });

  it('keeps 503 for a server that does not accept', async () => {
    const target = `ok.example.com:${CLOSED_PORT}`;
    const record = await recordOf(async () => {
      const { stderr } = await curl(api, '-v', '-k', `https://${target}/`);
      expect(stderr).toMatch(/503 Service Unavailable/);
    });
    expect(record).toMatchObject({ verdict: 'allow', status: 503, resolvedIP: ORIGIN });
  });

  it("does not take the gate's header from a client", async () => {
    const header = `X-Kube-Egress-Gate: run-1 report files.example.com ${ORIGIN}`;
    await stage.arrivals();
    const record = await recordOf(async () => {
      const { code } = await curl(
        api,
        '-k',
        '--proxy-header',
        header,
        '--connect-to',
        `files.example.com:${TLS_PORT}:${OK}`,
        `https://files.example.com:${TLS_PORT}/`,
      );
      expect(code).not.toBe(0);
    });
    expect(record).toMatchObject({ verdict: 'deny', reason: 'ServerNameMismatch' });
    expect(await stage.arrivals()).toEqual([]);
  });

  it('counts what it saw', async () => {
    const metrics = (await stage.agent.ask('metrics')) as string;
    for (const labels of [
      'outcome="passed",reason=""',
      'outcome="ended",reason="ServerNameMismatch"',
      'outcome="reported",reason="ServerNameMismatch"',
    ])
      expect(metrics).toContain(`kube_egress_tls_server_names_total{${labels}}`);
  });

  it('keeps the report of an open tunnel for an agent that is restarted', async () => {
    const select = ({ phase, target, durationMs }: AuditRecord) =>
      phase === undefined && target === `ok.example.com:${TLS_PORT}` && durationMs > 2000;
    const record = await recordOf(async () => {
      const slow = request('ok.example.com', { target: OK, source: api });
      await slow;
      const held = curl(api, '-k', `https://${OK}/?delay=6000`);
      await expect.poll(() => stage.arrivals(), { timeout: 50_000 }).not.toEqual([]);
      await expect
        .poll(() => stage.arrivals(), { timeout: 50_000 })
        .toMatchObject([{ sni: 'ok.example.com' }]);
      await stage.killAgent('SIGKILL');
      await stage.startAgent();
      const { stdout } = await held;
      expect(stdout).toContain('hello from');
    }, select);
    expect(record).toMatchObject({ verdict: 'allow', sni: 'ok.example.com', resolvedIP: ORIGIN });
  });

  it('has TCP keepalives on the side of the server and on that of the client', async () => {
    const held = curl(api, '-k', `https://${OK}/?delay=4000`);
    const timers = (peer: string) =>
      execFileSync('nsenter', stage.network.inside('ss', '-Htno', `dst ${peer}`), { encoding: 'utf8' });
    await expect
      .poll(() => timers(`${ORIGIN}:${TLS_PORT}`), { timeout: 50_000 })
      .toMatch(/timer:\(keepalive,/);
    expect(timers(api)).toMatch(/^ESTAB .*:3128 .*timer:\(keepalive,/m);
    expect((await held).stdout).toContain('hello from');
  });

  it('fails without the gate, whether it is enforced or reported', async () => {
    await stage.gate.kill();
    await stage.arrivals();
    for (const source of [api, watched]) {
      const { stderr } = await curl(source, '-v', '-k', `https://${OK}/`);
      expect(stderr).toMatch(/503 Service Unavailable/);
    }
    expect(await stage.arrivals()).toEqual([]);
    stage.gate.start();
    await expect
      .poll(async () => (await curl(api, '-k', `https://${OK}/path`)).stdout, { timeout: 50_000 })
      .toBe(`hello from ${ORIGIN} /path\n`);
  });
});

describe('tlsServerName: Ignore, for running pods of the proxy', () => {
  it('checks only the namespaces that ask for it, and those in observe mode', async () => {
    const ignoring: EgressProxy = { ...stage.proxy, spec: { ...stage.proxy.spec, tlsServerName: 'Ignore' } };
    await stage.apply(ignoring);
    const passed = async () => (await request('files.example.com')).stdout;
    await expect.poll(passed, { timeout: 50_000 }).toBe(`hello from ${ORIGIN} /path\n`);
    const strict = await recordOf(() => request('files.example.com', { source: annotated }));
    expect(strict).toMatchObject({ verdict: 'deny', reason: 'ServerNameMismatch' });
    const seen = await recordOf(() => request('files.example.com', { source: watched }));
    expect(seen).toMatchObject({ verdict: 'allow', wouldDeny: true, reason: 'ServerNameMismatch' });
    const free = await recordOf(() => request('files.example.com'));
    expect(free).toMatchObject({ verdict: 'allow', target: OK });
    expect(free).not.toHaveProperty('sni');
  });
});

/** tlsServerName is Ignore now, and the annotation of one namespace asks for Enforce. */
describe('a tunnel through the gate and one without it', () => {
  const both = (name: string, port: number, option?: string) =>
    Promise.all([annotated, api].map((source) => tunnel(source, `${name}.example.com`, port, option)));

  /** What the client sees of one tunnel, and its only audit record. */
  async function tunnel(source: string, host: string, port: number, option = '-k') {
    const as = `${source}:${host}:${port}${option}`;
    const { stdout, stderr, code } = await stage.curl(
      source,
      '-v',
      '-k',
      option,
      '-A',
      as,
      `https://${host}:${port}/path`,
    );
    const records = await stage.audited(1, ({ userAgent }) => userAgent === as);
    const answer = stderr
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => /^< (HTTP|X-Egress|X-Squid|Proxy)/i.test(line))
      .map((line) => line.replaceAll(host, 'HOST').replace(/id[ ":]+[\w-]+/, 'id'))
      .map((line) =>
        line.replace(/my-app\/api|annotated\/strict/, 'POD').replaceAll(/my-app|annotated/g, 'NAMESPACE'),
      );
    return {
      client: { stdout, code, answer },
      records: records.map(
        ({ verdict, wouldDeny, reason, rule, status, result, resolvedIP, upstream, phase }) => ({
          ...{ verdict, wouldDeny, reason, status, result, resolvedIP, upstream, phase },
          hasRule: rule !== undefined,
        }),
      ),
    };
  }

  it.each<[string, string, number, status: number, reason: string]>([
    ['a server that accepts', 'ok', TLS_PORT, 200, 'RuleAllowed'],
    ['a server that refuses the connection', 'ok', CLOSED_PORT, 503, 'RuleAllowed'],
    ['a server that does not answer', 'silent', TLS_PORT, 503, 'RuleAllowed'],
    ['two addresses, of which one does not answer', 'partly', TLS_PORT, 200, 'RuleAllowed'],
    ['a name without a rule', 'other', TLS_PORT, 403, 'NoMatchingRule'],
    ['a name of an address inside', 'inside', TLS_PORT, 403, 'PrivateDestination'],
    ['a name that does not exist', 'nowhere', TLS_PORT, 403, 'NameNotResolved'],
  ])('end alike: %s', async (_, name, port, status, reason) => {
    const [gated, direct] = await both(name, port);
    expect(gated).toEqual(direct);
    expect(gated?.records).toEqual([expect.objectContaining({ status, reason })]);
  });

  it('end alike: a client that leaves while the server says nothing', async () => {
    // Long enough for a decision on a busy machine: the tunnel is open when the client leaves.
    const [gated, direct] = await both('ok', DISCARD_PORT, '-m8');
    expect(gated).toEqual(direct);
    expect(gated?.records).toEqual([expect.objectContaining({ status: 200, reason: 'RuleAllowed' })]);
  });
});
