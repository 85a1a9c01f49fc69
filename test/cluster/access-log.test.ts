import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { podManifest } from '../../scripts/scenario/stage.ts';
import { AuditRecord } from '../../src/api/index.ts';
import { startChromium } from '../support/chromium/start-chromium.ts';
import { apply, eventually, inPod, kubectl, letRunProxies, removeNamespaces } from './support/client-pods.ts';
import { runLoad, startLoadPod } from './support/load/load.ts';
import { stateFolder as state } from './support/state-folder.ts';

/** A proxy with a claim and GoAccess, under Pod Security restricted, and one with a folder of the node. */
const PROXIES = 'records-proxy';
const HOST_PROXIES = 'records-host';
const CLIENTS = 'recorded';
const HOST_CLIENTS = 'recorded-host';
const CLIENT = `${CLIENTS}/api`;
const TARGET = 'ssd.jpl.nasa.gov:443';
/** Folders of the node; its file system is this machine's. */
const CLAIM_FOLDER = join(state, 'records-claim');
const HOST_FOLDER = join(state, 'records-host');

const open = { privateDestinations: 'Allow', privateCIDRs: ['203.0.113.0/24'], replicas: 1, drainSeconds: 1 };

function namespace(name: string, labels: Record<string, string>): Promise<void> {
  return apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

async function proxy(inNamespace: string, spec: object): Promise<void> {
  const metadata = { name: 'squid', namespace: inNamespace };
  await letRunProxies(inNamespace);
  return apply({ apiVersion: 'zalando.org/v1', kind: 'EgressProxy', metadata, spec: { ...open, ...spec } });
}

async function clients(inNamespace: string, proxies: string): Promise<void> {
  await namespace(inNamespace, {
    'egress.zalando.org/mode': 'enforce',
    'egress.zalando.org/proxy': `${proxies}.squid`,
  });
  await apply({
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { name: 'nasa', namespace: inNamespace },
    spec: { targets: [TARGET, 'ssd.jpl.nasa.gov:80'] },
  });
}

/** A file system of this size in a folder that exists, as an operator would offer a disk. */
function volume(): Promise<void> {
  return apply({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'records' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: 'records',
      local: { path: CLAIM_FOLDER },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['node-1'] }] },
          ],
        },
      },
    },
  });
}

async function remove(): Promise<void> {
  await removeNamespaces(CLIENTS, HOST_CLIENTS, PROXIES, HOST_PROXIES);
  await bash(`kubectl delete pv records --ignore-not-found; rm -rf ${CLAIM_FOLDER} ${HOST_FOLDER}`);
}

async function podOf(inNamespace: string): Promise<string> {
  const names = await kubectl(
    `get pods -n ${inNamespace} -l app=squid -o jsonpath='{.items[*].metadata.name}'`,
  );
  return names.trim();
}

const logsOf = (inNamespace: string, container: string) =>
  kubectl(`logs -n ${inNamespace} deploy/squid -c ${container} --tail=-1`);

/** All lines of a container, those of rotated files too; the API shows only the newest. */
function fullLog(pod: string, container: string): string[] {
  const files = globSync(join(state, 'node-*/log/pods', `*_${pod}_*`, container, '*.log*')).toSorted();
  return files
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => line.replace(/^\S+ std\w+ [FP] /, ''));
}

const auditOf = (pod: string): AuditRecord[] =>
  fullLog(pod, 'agent')
    .filter((line) => line.includes('"verdict"'))
    .map((line) => JSON.parse(line) as AuditRecord);

const metricsOf = (inNamespace: string, pod: string) =>
  kubectl(`get --raw /api/v1/namespaces/${inNamespace}/pods/${pod}:8081/proxy/metrics`);

/** Lines of the audit log. */
const linesOf = (pod: string) => fullLog(pod, 'agent').filter((line) => line.includes('"verdict"')).length;

const idsOf = (pod: string) => new Set(auditOf(pod).map(({ id }) => id));

/** Lines of the log files in a folder; the agent writes them independently of the audit log. */
const writtenIn = (folder: string, pod: string) =>
  filesIn(folder, pod).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1));
const filesIn = (folder: string, pod: string) => readdirSync(folder).filter((name) => name.startsWith(pod));

const connect = (pod: string) =>
  inPod(
    pod,
    `curl -s -o /dev/null -m 10 -w '%{http_connect}' --proxy-header User-Agent: https://ssd.jpl.nasa.gov/`,
  );

beforeAll(async () => {
  await remove();
  await bash(`mkdir -p ${CLAIM_FOLDER}`);
  await Promise.all([
    namespace(PROXIES, { 'pod-security.kubernetes.io/enforce': 'restricted' }),
    namespace(HOST_PROXIES, {}),
    volume(),
  ]);
  await Promise.all([
    proxy(PROXIES, {
      accessLog: {
        format: 'combined',
        persistence: {
          pvc: { size: '1Gi', storageClassName: 'records' },
          fileSize: '128Ki',
          maxSize: '256Mi',
        },
      },
      goAccess: { enabled: true, service: { type: 'NodePort', allowedCIDRs: ['192.0.2.0/24'] } },
    }),
    proxy(HOST_PROXIES, { accessLog: { format: 'squid', persistence: { hostPath: { path: HOST_FOLDER } } } }),
  ]);
  await Promise.all([clients(CLIENTS, PROXIES), clients(HOST_CLIENTS, HOST_PROXIES)]);
  for (const one of [PROXIES, HOST_PROXIES]) {
    await kubectl(`wait -n ${one} --for=condition=Programmed egressproxy/squid --timeout=90s`, '', 100);
  }
  // By now the webhook, too, knows the proxies whose variables these pods get.
  for (const one of [CLIENTS, HOST_CLIENTS]) await kubectl('apply -f -', podManifest(one, 'api'));
  for (const one of [CLIENTS, HOST_CLIENTS]) {
    await kubectl(`wait -n ${one} --for=condition=Programmed egressruleset/nasa --timeout=30s`);
    await kubectl(`wait -n ${one} --for=condition=Ready pod/api --timeout=60s`);
  }
  await Promise.all([startLoadPod(CLIENTS), startLoadPod(HOST_CLIENTS)]);
});
afterAll(remove);

describe('accessLog.format', () => {
  test('combined: the article’s line, from the article’s container', async () => {
    expect((await connect(CLIENT)).stdout).toBe('200');
    const lines = () => logsOf(PROXIES, 'log-streamer');
    await expect
      .poll(lines, { timeout: 10_000 })
      .toMatch(
        /^[\da-f.:]+ - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "CONNECT ssd\.jpl\.nasa\.gov:443 HTTP\/1\.1" 200 \d+ "-" "-" TCP_TUNNEL:HIER_DIRECT$/m,
      );
  });

  test('squid: the native line, in a folder of the node that is the agent’s', async () => {
    expect((await connect(`${HOST_CLIENTS}/api`)).stdout).toBe('200');
    const line =
      /^\d+\.\d{3} +\d+ [\da-f.:]+ TCP_TUNNEL\/200 \d+ CONNECT ssd\.jpl\.nasa\.gov:443 - HIER_DIRECT\/203\.0\.113\.30 -$/m;
    await expect.poll(() => logsOf(HOST_PROXIES, 'log-streamer'), { timeout: 10_000 }).toMatch(line);
    const file = join(HOST_FOLDER, `${await podOf(HOST_PROXIES)}.log`);
    await expect.poll(() => readFileSync(file, 'utf8'), { timeout: 10_000 }).toMatch(line);
    expect(statSync(file).uid).toBe(65532);
  });

  test('the agent’s own log remains JSON, each line by its schema', async () => {
    const pod = await podOf(PROXIES);
    await expect.poll(() => auditOf(pod).length, { timeout: 10_000 }).toBeGreaterThan(0);
    const schema = Compile(AuditRecord);
    expect(auditOf(pod).filter((record) => !schema.Check(record))).toEqual([]);
  });
});

describe('the audit log', () => {
  test('has each of 5,000 requests once while the agent is killed with -9 three times; so has the file', async () => {
    const pod = await podOf(PROXIES);
    const before = idsOf(pod).size;
    const load = runLoad(`${CLIENTS}/load`, { target: TARGET, concurrency: 16, total: 5000 });
    for (let kills = 0; kills < 3; kills += 1) {
      const enough = before + 500 + kills * 1000;
      await expect.poll(() => linesOf(pod), { timeout: 60_000, interval: 200 }).toBeGreaterThan(enough);
      await bash(`kubectl exec -n ${PROXIES} deploy/squid -c agent -- sh -c 'kill -9 -1'`);
    }
    const { counts, samples } = await load;
    expect(counts, JSON.stringify(samples)).toEqual({ 200: 5000 });
    // Lines may be repeated: their number alone does not say that all are there.
    await expect.poll(() => idsOf(pod).size, { timeout: 60_000, interval: 200 }).toBe(before + 5000);
    const ids = auditOf(pod).map(({ id }) => id);
    // What a kill may have repeated, the agent names.
    const repeated = ids.filter((id, index) => ids.indexOf(id) !== index);
    const named = fullLog(pod, 'agent')
      .filter((line) => line.includes('may be repeated'))
      .join('');
    expect(repeated.filter((id) => !named.includes(`"${id}"`))).toEqual([]);
    const written = () => writtenIn(CLAIM_FOLDER, pod).filter((line) => line.includes('CONNECT'));
    await expect.poll(() => written().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(before + 5000);
    expect(written()).toHaveLength(before + 5000);
    expect(filesIn(CLAIM_FOLDER, pod).length).toBeGreaterThan(1);
  }, 300_000);

  test('counts what the files and the metrics count, while no part is restarted', async () => {
    const pod = await podOf(HOST_PROXIES);
    for (const target of [TARGET, 'no.example.com:443']) {
      await runLoad(`${HOST_CLIENTS}/load`, { target, concurrency: 8, total: 500 });
    }
    await expect.poll(() => linesOf(pod), { timeout: 20_000, interval: 200 }).toBeGreaterThanOrEqual(1001);
    const byVerdict = Object.groupBy(auditOf(pod), ({ verdict }) => verdict);
    expect([byVerdict.allow?.length, byVerdict.deny?.length]).toEqual([501, 500]);
    const served = await metricsOf(HOST_PROXIES, pod);
    expect(served).toContain(`kube_egress_requests_total{namespace="${HOST_CLIENTS}",verdict="allow"} 501`);
    expect(served).toContain(`kube_egress_requests_total{namespace="${HOST_CLIENTS}",verdict="deny"} 500`);
    expect(served).toContain('kube_egress_refusals_total{reason="NoMatchingRule"} 500');
    expect(served).toContain(
      `kube_egress_target_requests_total{namespace="${HOST_CLIENTS}",target="no.example.com:443",verdict="deny"} 500`,
    );
    const written = () => writtenIn(HOST_FOLDER, pod).length;
    await expect.poll(written, { timeout: 10_000 }).toBeGreaterThanOrEqual(1001);
    expect(written()).toBe(1001);
  });

  test('is seen in the metrics, with the end of the agent’s certificate', async () => {
    const pod = await podOf(PROXIES);
    const served = await metricsOf(PROXIES, pod);
    expect(served).toMatch(/^kube_egress_certificate_expiry_timestamp_seconds\{certificate="agent"\} \d+$/m);
    expect(served).toMatch(
      /^kube_egress_target_requests_total\{namespace="recorded",target="ssd.jpl.nasa.gov:443",verdict="allow"\} \d+$/m,
    );
  });
});

describe('GoAccess', () => {
  let browser: Browser;
  let page: Page;
  let forward: ChildProcess;
  beforeAll(async () => {
    forward = spawn('kubectl', ['port-forward', '-n', PROXIES, 'deploy/squid', ':7890'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [first] = (await once(forward.stdout ?? forward, 'data')) as [Buffer];
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(String(first)) ?? [];
    browser = await startChromium();
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
  });
  afterAll(async () => {
    await browser?.close();
    forward?.kill();
  });

  const total = async () =>
    Number((await page.locator('#total_requests').innerText({ timeout: 5000 })).replace(/\D/g, ''));

  test('shows in its panels which pod went where', async () => {
    for (const [panel, text] of [
      ['vhosts', 'ssd.jpl.nasa.gov'],
      ['remote_user', `${CLIENTS}/load`],
      ['requests', 'ssd.jpl.nasa.gov:443'],
      ['status_codes', '2xx Success'],
    ]) {
      const place = page.locator(`#panel-${panel}`);
      // A panel fills its table when it is scrolled into view.
      const shown = async () => {
        await place.scrollIntoViewIfNeeded();
        await page.mouse.wheel(0, 40);
        const rows = place.locator('tbody.tbody-data');
        return rows.innerText({ timeout: 1000 }).catch(() => 'nothing yet');
      };
      await expect.poll(shown, { timeout: 20_000, interval: 200 }).toContain(text);
    }
  });

  test('updates itself while requests are made', async () => {
    const before = writtenIn(CLAIM_FOLDER, await podOf(PROXIES)).length;
    expect(before).toBeGreaterThan(5000);
    // The page counts lines again that an agent before its kill had written already, and the next one puts into another file.
    await expect.poll(total, { timeout: 20_000 }).toBeGreaterThanOrEqual(before);
    const shown = await total();
    await connect(CLIENT);
    await expect.poll(total, { timeout: 20_000 }).toBe(shown + 1);
  });

  test('is closed to pods, by its address and by its Service', async () => {
    const service = (
      await kubectl(`get service -n ${PROXIES} squid-goaccess -o jsonpath='{.spec.clusterIP}'`)
    ).trim();
    const { stdout } = await inPod(
      CLIENT,
      `curl -s --noproxy '*' -m 3 -w '%{http_code}' http://${service}:7890/`,
    );
    expect(stdout).toBe('000');
  });

  test('is open on its node port to the ranges that are named, and to no others', async () => {
    const path = '{.spec.ports[0].nodePort}';
    const nodePort = await kubectl(`get service -n ${PROXIES} squid-goaccess -o jsonpath='${path}'`);
    const node = await kubectl(`get node node-1 -o jsonpath='{.status.addresses[0].address}'`);
    const address = node.trim();
    const look = async () => {
      const curl = `curl -s -o /dev/null -m 3 -w '%{http_code}' http://${address}:${nodePort.trim()}/`;
      return (await bash(`scripts/cluster enter internet ${curl}`)).stdout;
    };
    expect(await look()).toBe('000');
    const internet = address.replace(/\d+$/, '254');
    const service = { allowedCIDRs: [`${internet}/32`] };
    const patch = JSON.stringify({ spec: { goAccess: { service } } });
    await kubectl(`patch -n ${PROXIES} egressproxy/squid --type=merge -p '${patch}'`);
    expect(await eventually(look, '200')).toBe('200');
  });
});

describe('a claim', () => {
  test('keeps the log when its pod is gone', async () => {
    const pod = await podOf(PROXIES);
    await kubectl(`delete pod -n ${PROXIES} ${pod} --timeout=60s`);
    expect(readFileSync(join(CLAIM_FOLDER, `${pod}.log`), 'utf8')).toContain('CONNECT ssd.jpl.nasa.gov:443');
  });
});
