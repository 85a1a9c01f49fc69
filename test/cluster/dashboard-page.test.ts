import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenedPage, openPage, signIn } from '../support/chromium/dashboard-page.ts';
import { type LocalDashboard, startLocalDashboard } from '../support/chromium/local-dashboard.ts';
import { startChromium } from '../support/chromium/start-chromium.ts';
import { eventually, inPod, kubectl, leaveNamespaces, startPods } from './support/client-pods.ts';

const OURS = 'seen-shop';
const THEIRS = 'seen-bank';
const REFUSED = 'forbidden.example.com:443';
const ALLOWED = 'mydependency1.example.com:443';
const REQUESTS = 20;

let browser: Browser;
let forward: { url: string; stop(): Promise<void> };
let opened: OpenedPage;
let local: LocalDashboard;

const connect = (pod: string, target: string) =>
  inPod(pod, `curl -s -o /dev/null -m 10 -w '%{http_connect}' https://${target}/`);

beforeAll(async () => {
  await Promise.all([
    startPods({ namespace: OURS, mode: 'enforce', pods: [{ name: 'api' }] }),
    startPods({ namespace: THEIRS, mode: 'enforce', pods: [{ name: 'vault' }] }),
  ]);
  await kubectl(`create serviceaccount viewer -n ${OURS}`);
  await kubectl(`create rolebinding viewer -n ${OURS} --clusterrole=view --serviceaccount=${OURS}:viewer`);
  [browser, forward, local] = await Promise.all([startChromium(), startForward(), startLocalDashboard()]);
  const token = await kubectl(`create token viewer -n ${OURS}`);
  opened = await openPage(browser, forward.url);
  await signIn(opened.page, token.trim());
});

afterAll(async () => {
  await browser?.close();
  await forward?.stop();
  await local?.[Symbol.asyncDispose]();
  await leaveNamespaces(OURS, THEIRS);
});

/** As a team reaches it. */
async function startForward() {
  const args = [
    'port-forward',
    '-n',
    'kube-egress-system',
    'service/kube-egress-dashboard',
    ':80',
    '--address=127.0.0.1',
  ];
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let told = '';
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      told += chunk;
      const found = /127\.0\.0\.1:(\d+)/.exec(told)?.[1];
      if (found !== undefined) resolve(found);
    });
    void exited.then(() => reject(new Error(`kubectl port-forward has ended: ${told}`)));
  });
  return {
    url: `http://127.0.0.1:${port}/`,
    async stop() {
      child.kill();
      await exited;
    },
  };
}

describe('the dashboard in the cluster', () => {
  test('a refused request appears only for viewers of its namespace', async () => {
    expect((await connect(`${THEIRS}/vault`, REFUSED)).stdout).toBe('403');
    expect((await connect(`${OURS}/api`, REFUSED)).stdout).toBe('403');
    const { page } = opened;
    await page.getByRole('link', { name: 'Live' }).click();
    const rows = page.getByRole('listbox').getByRole('option');
    await rows.first().waitFor();
    expect(await rows.allInnerTexts()).toEqual([expect.stringContaining(`${OURS}/api`)]);
    await rows.first().click();
    const said = (await page.getByRole('region', { name: 'Request details' }).innerText()).replaceAll(
      /\s+/g,
      ' ',
    );
    expect(said).toContain(
      `pod ${OURS}/api was refused ${REFUSED}, because no rule set of its namespace names this target`,
    );
  });

  test('the copied YAML, applied unchanged, allows the request', async () => {
    const { page } = opened;
    await page.getByRole('button', { name: 'Copy YAML' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const yaml = await page.evaluate(() => navigator.clipboard.readText());
    const applied = await kubectl('apply -f -', yaml);
    expect(applied).toContain('created');
    const passes = async () => (await connect(`${OURS}/api`, REFUSED)).stdout;
    expect(await eventually(passes, '200')).toBe('200');
    await page
      .getByRole('listbox')
      .getByRole('option', { name: /allowed/ })
      .first()
      .waitFor();
  });

  test('the counts of the namespace page equal those of the audit log', async () => {
    await kubectl(
      'apply -f -',
      JSON.stringify({
        apiVersion: 'zalando.org/v1',
        kind: 'EgressRuleSet',
        metadata: { name: 'outside', namespace: OURS },
        spec: { targets: [ALLOWED, 'unused.example.org:443'] },
      }),
    );
    await kubectl(`wait -n ${OURS} --for=condition=Programmed egressruleset/outside --timeout=30s`);
    const loop = `for i in $(seq ${REQUESTS}); do curl -s -o /dev/null -m 10 https://${ALLOWED}/; done`;
    expect((await inPod(`${OURS}/api`, loop)).code).toBe(0);
    const { page } = opened;
    await page.goto(`${forward.url}#/namespaces/${OURS}`);
    await page
      .getByRole('row', { name: new RegExp(`^${ALLOWED} ${REQUESTS} `) })
      .first()
      .waitFor();
    expect(await page.getByRole('row', { name: /unused.example.org/ }).innerText()).toContain('unused');
    const shown = async () => {
      const lines = (await kubectl('logs -n egress-proxy -l app=squid --tail=-1')).split('\n');
      const own = lines.filter((line) => line.includes(`"namespace":"${OURS}"`));
      const refused = own.filter((line) => line.includes('"verdict":"deny"'));
      return page.getByText(`${own.length} requests, ${refused.length} refused`).isVisible();
    };
    // The page asks every few seconds, and the log's file is written by another process than the one that counts.
    expect(await eventually(shown, true)).toBe(true);
  });

  test('the browser logged no error and loaded nothing from elsewhere', () => {
    expect(opened.complaints).toEqual([]);
    expect(opened.elsewhere).toEqual([]);
  });
});

describe('the dashboard on the viewer’s machine', () => {
  test('shows what the kubeconfig may see, including the flows of all agents', async () => {
    const { page, complaints, close } = await openPage(browser, local.url);
    expect(page.url()).not.toContain('key');
    await page.getByRole('link', { name: OURS, exact: true }).waitFor();
    await page.getByRole('link', { name: 'Live' }).click();
    await page.getByLabel('Namespace').fill(THEIRS);
    await page
      .getByRole('option', { name: new RegExp(`${THEIRS}/vault`) })
      .first()
      .waitFor();
    await page.getByRole('link', { name: 'Proxies' }).click();
    await page.getByText('answering').first().waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test.each([
    ['without the secret', {}, 401],
    ['with another secret', { authorization: `Bearer ${'x'.repeat(43)}` }, 401],
    ['of a page whose name leads here (DNS rebinding)', { host: 'rebound.example.com' }, 421],
    ['of such a page on its own port', { host: 'rebound.example.com:8090' }, 421],
  ])('answers nothing to a request %s', async (_, headers: Record<string, string>, status) => {
    const secret = 'host' in headers ? { authorization: `Bearer ${local.secret}` } : {};
    expect(await statusOf(`${local.origin}/api/overview`, { ...secret, ...headers })).toBe(status);
  });

  test('serves the page only under its own name', async () => {
    expect(await statusOf(local.origin, { host: 'rebound.example.com' })).toBe(421);
    expect(await statusOf(local.origin, {})).toBe(200);
  });
});

function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
