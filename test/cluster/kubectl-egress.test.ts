import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash, type Outcome } from '../../scripts/scenario/shell.ts';
import { clientImage } from '../../scripts/scenario/stage.ts';
import type { AuditRecord, EgressRequest, Flow } from '../../src/api/index.ts';
import { until } from '../support/until.ts';
import { changesOf } from './support/api-audit.ts';
import { eventually, inPod, kubectl, leaveNamespaces, startPods } from './support/client-pods.ts';
import { readAuditFiles } from './support/exactness/audit-files.ts';
import { onCluster } from './support/second-node.ts';

/** A new one for each run: agents remember what a namespace of a name requested. */
const NAMESPACE = `plugin-${Date.now().toString(36)}`;
const POD = `${NAMESPACE}/api`;
const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;
const program = `${process.execPath} ${main}`;
const targets = Array.from({ length: 12 }, (_, index) => `d${index + 1}.example.com:443`);
const FOREIGN = 'd13.example.com:443';

function egress(line: string, input = ''): Promise<Outcome> {
  return bash(`${program} ${line}`, { input, timeoutSeconds: 100 });
}

/** The status of the proxy's answer to a CONNECT for each target. */
async function request(...names: string[]): Promise<string[]> {
  const one = (name: string) =>
    `curl -s -o /dev/null -m 20 -w '%{http_connect}\\n' https://${name.replace(':443', '/')}`;
  return (await inPod(POD, names.map(one).join('; '), 90)).stdout.trim().split('\n');
}

const all = (status: string) => targets.map(() => status);

/** For logs: leaves out what an earlier run of this file requested. */
const begin = Date.now();
const since = () => `--since ${Math.ceil((Date.now() - begin) / 1000)}s`;

beforeAll(async () => {
  await startPods({ namespace: NAMESPACE, mode: 'observe', pods: [{ name: 'api', labels: { app: 'api' } }] });
});
afterAll(async () => {
  await leaveNamespaces(NAMESPACE);
});

describe('kubectl egress', () => {
  test('leads a namespace with 12 destinations from observe to enforce: none refused, and a 13th is', async () => {
    expect(await request(...targets)).toEqual(all('200'));
    const observed = async () =>
      (await egress(`simulate -n ${NAMESPACE} -o name`)).stdout.split('\n').length - 1;
    expect(await eventually(observed, 12, 100)).toBe(12);

    expect((await egress(`enable ${NAMESPACE} --mode enforce`)).code).toBe(1);
    const suggestion = await egress(`suggest -n ${NAMESPACE} --group-from 0 --since 1h`);
    expect(suggestion.stdout.match(/- "d\d+\.example\.com:443" # \d+ request/g)).toHaveLength(12);
    const simulated = await egress(`simulate -n ${NAMESPACE} -f -`, suggestion.stdout);
    expect(simulated.stdout).toContain('0 newly refused, 0 newly passes, 12 passes, 0 still refused\n');
    expect((await egress(`suggest -n ${NAMESPACE} --group-from 0 --apply`)).stdout).toBe(
      'egressruleset.zalando.org/suggested applied\n',
    );
    await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/suggested --timeout=30s`);
    const enabled = await egress(`enable ${NAMESPACE} --mode enforce`);
    expect(enabled.code, enabled.stderr).toBe(0);

    const refused = async () => (await request(FOREIGN))[0];
    expect(await eventually(refused, '403')).toBe('403');
    expect(await request(...targets)).toEqual(all('200'));
  });

  test('an exception works and ends by itself', async () => {
    const status = async () => (await request(FOREIGN))[0];
    const allowed = await egress(`allow ${NAMESPACE} ${FOREIGN} --for 12s --reason test`);
    expect(allowed.code, allowed.stderr).toBe(0);
    expect(await eventually(status, '200', 12)).toBe('200');
    expect(await eventually(status, '403')).toBe('403');
  });

  test('logs has each request of the namespace once, flows the newest, explain a refusal of either', async () => {
    const printed = await egress(`logs -n ${NAMESPACE} -o json ${since()}`);
    const records = printed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditRecord);
    expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
    expect(new Set(records.map(({ namespace, pod }) => `${namespace}/${pod}`))).toEqual(new Set([POD]));
    for (const target of targets)
      expect(records.filter((record) => record.target === target)).toMatchObject([
        { wouldDeny: true, reason: 'NoMatchingRule' },
        { verdict: 'allow', rule: expect.stringContaining(`${NAMESPACE}/suggested#`) },
      ]);
    const foreign = records.filter(({ target }) => target === FOREIGN);
    expect(new Set(foreign.map(({ verdict }) => verdict))).toEqual(new Set(['allow', 'deny']));

    const refused = await egress(`logs -n ${NAMESPACE} api --refused`);
    const [denied] = foreign.filter(({ verdict }) => verdict === 'deny');
    expect(refused.stdout).toContain(
      `${denied?.time}  deny        ${POD}  CONNECT  ${FOREIGN}  NoMatchingRule  403 ${denied?.durationMs}ms  ${denied?.id}\n`,
    );
    const flows = await egress(`flows -n ${NAMESPACE} --limit 1000 -o json`);
    expect(flows.code, flows.stderr).toBe(0);
    const ids = (JSON.parse(flows.stdout) as Flow[]).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(records.map(({ id }) => id)));
  });

  test('logs -f continues while a proxy pod is replaced: no request lost, none twice', async () => {
    const child = spawn(process.execPath, [main, ...`logs -f -n ${NAMESPACE} -o json ${since()}`.split(' ')]);
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const idsOf = (target: string) =>
      text
        .split('\n')
        .filter((line) => line.includes(`"target":"${target}"`) && line.endsWith('}'))
        .map((line) => (JSON.parse(line) as AuditRecord).id);
    expect(await eventually(async () => idsOf('d12.example.com:443').length, 2)).toBe(2);
    const pods = await kubectl('get pods -n egress-proxy -l app=squid -o name');
    await kubectl(`delete -n egress-proxy ${pods.split('\n')[0]} --wait=false`);
    await kubectl('rollout status -n egress-proxy deployment/squid --timeout=80s');
    for (let round = 0; round < 4; round += 1) expect(await request(...targets)).toEqual(all('200'));
    // Both pods have some of them, and each writes at its own time.
    const fewest = async () => Math.min(...targets.map((target) => idsOf(target).length));
    expect(await eventually(fewest, 6)).toBe(6);
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    for (const target of targets) {
      expect(idsOf(target)).toHaveLength(6);
      expect(new Set(idsOf(target)).size).toBe(6);
    }
  });
});

describe('kubectl egress test-proxy', () => {
  const probe = `test-proxy -n ${NAMESPACE} --image ${clientImage}`;
  const left = async () =>
    (await kubectl(`get pods -n ${NAMESPACE} -l egress.zalando.org/probe -o name`)).trim();

  test('shows each step of what is allowed, with the labels of a pod', async () => {
    const { code, stdout } = await egress(`${probe} --as-pod api`);
    expect(stdout.match(/^ok .*$/gm)).toEqual([
      expect.stringMatching(
        /^ok {4}The proxy of the pod: http:\/\/squid\.egress-proxy\.svc\.cluster\.local:3128$/,
      ),
      expect.stringMatching(/connected in \d+ ms$/),
      expect.stringMatching(
        /^ok {4}https:\/\/d\d+\.example\.com\/ through the proxy: tunnel 200, status 200 in/,
      ),
      expect.stringMatching(/^ok {4}Without the proxy: no connection, as it should be \(curl: \d+\)$/),
    ]);
    expect(stdout).toContain('    > User-Agent: Test-Client/1.0\n');
    expect([code, await left()]).toEqual([0, '']);
  });

  test('ends with the exit code of curl for what is refused, and for a proxy that has no such name', async () => {
    const [refused, unknown] = await Promise.all([
      egress(`${probe} --url https://${FOREIGN}/ -o json`),
      egress(`${probe} --url https://${FOREIGN}/ --host nowhere.invalid`),
    ]);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      exitCode: 56,
      attempts: [{ connectStatus: 403, refusal: expect.stringContaining('NoMatchingRule') }],
    });
    expect([refused.code, unknown.code]).toEqual([56, 5]);
    expect(unknown.stdout).toContain(
      'FAIL  Name of the proxy, and a connection to it: the name does not resolve',
    );
    expect(await left()).toBe('');
  });

  test('leaves no pod after Ctrl-C', async () => {
    const child = spawn(process.execPath, [main, ...probe.split(' '), '--url', 'https://d1.example.com/']);
    expect(await eventually(async () => (await left()) !== '', true)).toBe(true);
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect([code, await left()]).toEqual([130, '']);
  });
});

describe('kubectl egress dashboard', () => {
  test('serves the page with a token that sees the namespace, and ends with Ctrl-C', async () => {
    const missing = await egress(`dashboard -n ${NAMESPACE} --no-browser`);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain(
      `there is no ServiceAccount egress-viewer in namespace ${NAMESPACE}; to make it: `,
    );
    const [, commands = ''] = /to make it: (.*)/.exec(missing.stderr) ?? [];
    expect((await bash(commands)).code).toBe(0);

    const child = spawn(process.execPath, [main, 'dashboard', '-n', NAMESPACE, '--no-browser']);
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    expect(await eventually(async () => text.includes('#key='), true)).toBe(true);
    const [, url = '', token = ''] = /(http:\/\/127\.0\.0\.1:\d+\/)#key=(\S+)/.exec(text) ?? [];
    expect(await (await fetch(url)).text()).toContain('<!doctype html>');
    const read = (headers: Record<string, string>) => fetch(`${url}api/namespaces/${NAMESPACE}`, { headers });
    expect((await read({})).status).toBe(401);
    const seen = await read({ authorization: `Bearer ${token}` });
    expect([seen.status, JSON.stringify(await seen.json())]).toEqual([
      200,
      expect.stringContaining(NAMESPACE),
    ]);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe('kubectl egress doctor', () => {
  const findings = async () => {
    const { stdout } = await egress('doctor -o json');
    return (JSON.parse(stdout) as { findings: { code: string; message: string }[] }).findings;
  };
  const setRanges = (ranges: string[] | null) => {
    const change = JSON.stringify({ spec: { cluster: { podCIDRs: ranges } } });
    return kubectl(`patch egressproxy squid -n egress-proxy --type=merge --patch '${change}'`);
  };
  const contradicted = async () =>
    (await findings()).filter(({ code }) => code === 'PodRangeContradicted').map(({ message }) => message);

  test('finds pod ranges that no pod is in, until they are corrected', async () => {
    expect(await contradicted()).toEqual([]);
    await setRanges(['10.99.0.0/16']);
    try {
      const found = await until('the doctor finds it', contradicted, ({ length }) => length > 0);
      expect(found).toEqual([expect.stringContaining('10.99.0.0/16')]);
    } finally {
      await setRanges(null);
    }
    await until('the doctor no longer finds it', contradicted, ({ length }) => length === 0);
  });
});

/** The last of the file: the API server is away for a while. */
describe('an exception that is asked for and approved', () => {
  const [TARGET, NAME, RULE_SET] = ['d14.example.com:443', 'incident', 'request-incident'];
  const [TEAM, APPROVER] = ['tom', 'olga'];
  const answered = (user: string) => egress(`approve ${NAME} -n ${NAMESPACE} --as ${user}`);
  const recordsOf = (target: string) =>
    readAuditFiles().filter((record) => record.namespace === NAMESPACE && record.target === target);
  const isRefusedSince = (moment: number) =>
    recordsOf(TARGET).some(({ verdict, time }) => verdict === 'deny' && Date.parse(time) >= moment);
  const apiServer = (action: string) => onCluster(`component node-1 kube-apiserver ${action}`, 130);

  /** Requests both targets again and again, by itself: kubectl exec needs the API server. */
  const requestOnAndOn = () =>
    inPod(
      POD,
      '(for i in $(seq 150); do curl -s -o /dev/null -m 5 https://d14.example.com/ https://d1.example.com/; sleep 1; done) > /dev/null 2>&1 &',
    );

  test('works, ends on time with the API server away, and all of it is in the records', async () => {
    await kubectl(`create rolebinding team -n ${NAMESPACE} --clusterrole=edit --user=${TEAM}`);
    await kubectl(
      `create rolebinding approvers -n ${NAMESPACE} --clusterrole=kube-egress-approve --user=${APPROVER}`,
    );
    const asked = await egress(
      `request ${NAMESPACE} ${TARGET} --for 1m --reason test --name ${NAME} --as ${TEAM}`,
    );
    expect([asked.code, asked.stdout], asked.stderr).toEqual([
      0,
      `egressrequest.zalando.org/${NAME} created
it asks for ${TARGET} for 1m, and has no effect until it is approved
to approve it: kubectl egress approve ${NAME} -n ${NAMESPACE}
`,
    ]);
    expect((await answered(TEAM)).code).toBe(3);
    expect(await request(TARGET)).toEqual(['403']);
    await requestOnAndOn();
    const approved = await answered(APPROVER);
    expect([approved.code, approved.stdout], approved.stderr).toEqual([
      0,
      `egressrequest.zalando.org/${NAME} approved
${TEAM} asked for ${TARGET} for 1m in ${NAMESPACE}: test
to end it early: kubectl delete egressrequest ${NAME} -n ${NAMESPACE}
`,
    ]);
    const isAllowed = () => recordsOf(TARGET).some(({ verdict }) => verdict === 'allow');
    await until('the approved exception allows a request', isAllowed, undefined, { limitMs: 40_000 });
    const end = Date.parse(
      await kubectl(`get egressruleset ${RULE_SET} -n ${NAMESPACE} -o jsonpath={.spec.expiresAt}`),
    );

    const stopped = Date.now();
    await apiServer('KILL');
    try {
      expect(Date.now(), 'the API server ends before the exception').toBeLessThan(end);
      await until('a refusal after the end', () => isRefusedSince(end), undefined, { limitMs: 100_000 });
      const asking = await bash('kubectl get --raw /readyz --request-timeout=3s', { timeoutSeconds: 10 });
      expect(asking.code, 'the API server is still away').not.toBe(0);
    } finally {
      await apiServer('start');
    }

    // By what the proxy recorded: each request by when it arrived.
    const records = recordsOf(TARGET);
    const allowed = records.filter(({ verdict }) => verdict === 'allow');
    expect(new Set(allowed.map(({ rule }) => rule))).toEqual(new Set([`${NAMESPACE}/${RULE_SET}#0`]));
    // The timer of a busy agent fires a moment late.
    const late = records.filter(({ time }) => Date.parse(time) >= end + 1000);
    expect(new Set(late.map(({ verdict, reason }) => `${verdict} ${reason}`))).toEqual(
      new Set(['deny NoMatchingRule']),
    );
    const others = recordsOf('d1.example.com:443').filter(({ time }) => Date.parse(time) >= stopped);
    expect(new Set(others.map(({ verdict }) => verdict))).toEqual(new Set(['allow']));

    // By what its user reads of it: the audit log, the request, its Events, and who wrote it by the API server's own log.
    const logged = async () => {
      const { stdout } = await egress(`logs -n ${NAMESPACE} -o json ${since()}`);
      const ids = new Set(
        stdout
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as AuditRecord).id),
      );
      return records.every(({ id }) => ids.has(id));
    };
    expect(await eventually(logged, true, 60)).toBe(true);
    const isExpired = ([found]: EgressRequest[]) => found?.status?.state === 'Expired';
    const [found] = await until(
      'the request has expired',
      async () => JSON.parse((await egress(`requests -n ${NAMESPACE} -o json`)).stdout) as EgressRequest[],
      isExpired,
      { limitMs: 60_000, intervalMs: 500 },
    );
    expect(found?.spec).toMatchObject({ requestedBy: TEAM, approval: { outcome: 'Approved', by: APPROVER } });
    expect(found?.status).toMatchObject({ ruleSet: RULE_SET, expiresAt: expect.any(String) });
    const events = async () =>
      (
        await kubectl(
          `get events -n ${NAMESPACE} --field-selector involvedObject.name=${NAME} -o jsonpath={.items[*].reason}`,
        )
      )
        .split(' ')
        .toSorted()
        .join();
    expect(await eventually(events, 'Approved,Expired')).toBe('Approved,Expired');
    expect(changesOf(NAMESPACE, 'egressrequests', NAME)).toEqual([
      `${TEAM} create 201`,
      `${TEAM} patch 422`,
      `${APPROVER} patch 200`,
    ]);
  }, 420_000);
});
