import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { SimulatedView } from '../../src/dashboard/wire.ts';
import { validateEgressRuleSet } from '../../src/rules/index.ts';
import { type OpenedPage, openPage, overflow, signIn } from '../support/chromium/dashboard-page.ts';
import { startChromium } from '../support/chromium/start-chromium.ts';
import {
  agent,
  asked,
  flow,
  type PageServer,
  startPageServer,
  unchanged,
} from './support/dashboard/page-server.ts';

let browser: Browser;
let server: PageServer;
let opened: OpenedPage;

beforeAll(async () => {
  [browser, server] = await Promise.all([startChromium(), startPageServer()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  Object.assign(server.state, {
    flows: [flow(0), flow(1)],
    agents: [agent('answering')],
    failing: false,
    requests: [],
    replaced: false,
    written: [],
    simulation: unchanged,
    pasted: [],
  });
});
afterEach(() => opened?.close());

async function open(hash = '', options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
  opened = await openPage(browser, `${server.url}${hash}`, options);
  await signIn(opened.page, 'known');
  return opened.page;
}

/** Retries an assertion on what the browser does with a delay. */
const soon = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000 });

/** The visible requests. */
const rows = (page: Page) => page.getByRole('listbox').getByRole('option');

const views = ['#/', '#/flows', '#/flows?id=id-0', '#/namespaces/shop', '#/map', '#/proxies'];

describe('the page', () => {
  test('shows nothing without a token, and rejects an unknown one', async () => {
    opened = await openPage(browser, server.url);
    const { page } = opened;
    await page.getByLabel('Token').fill('unknown');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('token is not valid in this cluster').waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);
    expect(await page.evaluate(() => sessionStorage.length + document.cookie.length)).toBe(0);
  });

  test('the sign-in page shows the commands of the guide', async () => {
    opened = await openPage(browser, server.url);
    const commands = (await opened.page.locator('.snippet pre').innerText()).split('\n');
    const guide = await readFile(new URL('../../docs/guide/dashboard.md', import.meta.url), 'utf8');
    expect(commands).toHaveLength(3);
    for (const command of commands) expect(guide.split('\n')).toContain(command);
  });

  test('a long target is cut in the middle, so that its port stays visible', async () => {
    server.state.flows = [flow(0, { target: `${'long-'.repeat(30)}.example.com:8443` }), flow(1)];
    const page = await open('#/flows?id=id-0');
    await page.setViewportSize({ width: 375, height: 740 });
    const target = rows(page).first().locator('.target');
    await target.waitFor();
    expect(await target.innerText()).toMatch(/\.com:8443$/);
    await soon(() => target.evaluate((cell) => cell.scrollWidth - cell.clientWidth)).toBe(0);
    expect(await target.locator('.start').evaluate((start) => start.scrollWidth > start.clientWidth)).toBe(
      true,
    );
  });

  test('keeps the token only in the tab, and out of the URL', async () => {
    const page = await open();
    expect(await page.evaluate(() => Object.values(localStorage).join())).not.toContain('known');
    expect(page.url()).not.toContain('known');
    await page.reload();
    await page.getByRole('navigation', { name: 'Views' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  test('takes a token of the cluster, a JWT, from the address, and removes it there and from the history', async () => {
    const jwt = 'eyJhbGciOiJSUzI1NiIsImtpZCI6IngtX3kifQ.eyJzdWIiOiJzaG9wOnRlYW0ifQ.aX-b_9cQ-_w';
    server.state.tokens.add(jwt);
    opened = await openPage(browser, `${server.url}#key=${jwt}`);
    const { page } = opened;
    const isOpen = () => page.getByRole('navigation', { name: 'Views' }).waitFor();
    await isOpen();
    expect(await page.evaluate(() => location.hash)).toBe('#/');
    await page.reload();
    await isOpen();
    await page.goBack();
    expect(page.url()).not.toContain(jwt.slice(0, 8));
    expect(opened.complaints).toEqual([]);
  });

  test.each(views)(
    '%s: fits a phone, loads nothing from elsewhere, violates no policy, logs no error',
    async (hash) => {
      const page = await open(hash);
      await page.locator('h1, .empty').first().waitFor();
      // A view may load several things, and a chart takes its new width with the next frame.
      await soon(() => page.getByText(/Loading/).count()).toBe(0);
      await soon(() => overflow(page)).toBe(0);
      await page.setViewportSize({ width: 375, height: 740 });
      await soon(() => overflow(page)).toBe(0);
      expect(opened.elsewhere).toEqual([]);
      expect(opened.complaints).toEqual([]);
    },
  );

  test('explains which pod was refused which target, why, and what to add', async () => {
    const page = await open('#/flows?outcome=refused');
    await rows(page).first().click();
    const detail = page.getByRole('region', { name: 'Request details' });
    await detail.waitFor();
    const text = (await detail.innerText()).replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      'pod shop/api-7d9f8b6c5-0 was refused host-0.example.com:443, because no rule set',
    );
    await soon(() => page.url()).toContain('id=id-0');
    // The button says so for three seconds.
    const copied = detail.getByRole('button', { name: 'Copied' }).waitFor();
    await Promise.all([copied, detail.getByRole('button', { name: 'Copy YAML' }).click()]);
    const object = parse(await page.evaluate(() => navigator.clipboard.readText())) as object;
    expect(validateEgressRuleSet(object).faults).toEqual([]);
    expect(object).toMatchObject({
      kind: 'EgressRuleSet',
      metadata: { namespace: 'shop' },
      spec: { targets: ['host-0.example.com:443'] },
    });
  });

  test('a link to an old decision says where to look for it', async () => {
    const page = await open('#/flows?id=gone-1');
    await page.getByText('Decision gone-1 is not among the newest requests').waitFor();
    expect(await page.getByText(/kubectl logs/).innerText()).toContain('grep gone-1');
  });

  test('whatever a client sent is shown as text', async () => {
    const script = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
    const odd = {
      target: `${script}:443`,
      pod: script,
      userAgent: script,
      url: `http://${script}/`,
      verdict: 'deny' as const,
    };
    server.state.flows = [flow(0, odd)];
    const page = await open('#/flows?id=id-0');
    const detail = page.getByRole('region', { name: 'Request details' });
    await detail.getByText('User agent').waitFor();
    expect(await detail.innerText()).toContain(script);
    for (const view of ['#/', '#/map']) {
      await page.evaluate((hash) => location.assign(hash), view);
      await page.locator('main table').getByText('document.title=1').first().waitFor();
    }
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.title()).not.toBe('1');
    expect(opened.complaints).toEqual([]);
  });

  test('a namespace: what no rule can allow has no button; unused targets and pods without variables are marked', async () => {
    const page = await open('#/namespaces/shop');
    const refused = page.locator('.refused-target');
    await refused.first().waitFor();
    expect(
      await refused.filter({ hasText: 'refused.example.com' }).getByRole('button').allInnerTexts(),
    ).toEqual(['Copy YAML', 'Copy request command']);
    expect(await refused.filter({ hasText: 'inside.example.com' }).getByRole('button').count()).toBe(0);
    expect(await page.getByRole('row', { name: /old.example.com/ }).innerText()).toContain('unused');
    expect(await page.getByText('old-1').count()).toBe(1);
  });

  test('a request is approved and another one refused, each with a reason, and an expired rule set is marked', async () => {
    server.state.requests = [asked('vendor'), asked('broad', { targets: ['*:443'] })];
    const page = await open('#/namespaces/shop');
    const card = (name: string) => page.locator('.asked').filter({ hasText: name });
    await card('vendor').getByRole('button', { name: 'Approve' }).click();
    await card('vendor').getByText('Approved by system:serviceaccount:shop:team').waitFor();
    expect(await card('broad').getByRole('button', { name: 'Refuse' }).isDisabled()).toBe(true);
    await card('broad').getByLabel('Reason').fill('name the hosts');
    await card('broad').getByRole('button', { name: 'Refuse' }).click();
    await card('broad').getByText('Refused by system:serviceaccount:shop:team: name the hosts').waitFor();
    const by = 'system:serviceaccount:shop:team';
    expect(server.state.written).toEqual([
      { name: 'vendor', approval: { outcome: 'Approved', by } },
      { name: 'broad', approval: { outcome: 'Refused', by, reason: 'name the hosts' } },
    ]);
    expect(await page.getByText('Expired: the rule set expired at').count()).toBe(1);
  });

  test('the viewer’s own request can be refused, and another user approves it', async () => {
    server.state.requests = [asked('own', { requestedBy: 'system:serviceaccount:shop:team' })];
    const page = await open('#/namespaces/shop');
    const card = page.locator('.asked');
    await card.getByText('another user has to approve it').waitFor();
    expect(await card.getByRole('button', { name: 'Approve' }).isDisabled()).toBe(true);
    await card.getByLabel('Reason').fill('no longer needed');
    expect(await card.getByRole('button', { name: 'Refuse' }).isDisabled()).toBe(false);
  });

  test('an answer to a request that was replaced meanwhile is not written, and the page says so', async () => {
    server.state.requests = [asked('incident')];
    const page = await open('#/namespaces/shop');
    await page.getByRole('button', { name: 'Approve' }).waitFor();
    // The API server has another one of this name, and the page still shows the first one.
    server.state.replaced = true;
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('alert').filter({ hasText: 'does not take the answer' }).waitFor();
    expect(server.state.written).toEqual([]);
  });

  test('a suggestion is a rule set to copy, with what it leaves out and what enforce mode would still refuse', async () => {
    const page = await open('#/namespaces/shop');
    await page.getByRole('button', { name: 'Suggest a rule set' }).click();
    const shown = page.locator('.suggestion');
    await shown.waitFor();
    expect(parse(await shown.locator('pre').innerText())).toMatchObject({
      metadata: { name: 'suggested', namespace: 'shop' },
      spec: { targets: ['api.example.com:443'] },
    });
    const text = await shown.innerText();
    expect(text).toContain('It allows 1 target, which had 12 requests.');
    expect(text).toContain('enforce mode still refuses 10.0.0.7:443');
    expect(text).toContain('Left out: refused.example.com:443, since it was refused');
  });

  test('a pasted rule set is simulated: what would newly be refused and pass, with counts and workloads', async () => {
    const lastSeen = new Date().toISOString();
    const seen = (target: string, outcome: SimulatedView['outcome'], reason: string, requests: number) => ({
      ...{ target, outcome, reason, requests, lastSeen },
      owners: ['Deployment/api', 'Job/batch'],
    });
    const odd = '<img src=x onerror="document.title=1">:443';
    server.state.simulation = {
      ...unchanged,
      mode: 'observe',
      targets: [
        seen('new.example.com:443', 'newlyPasses', 'RuleAllowed', 2),
        seen('api.example.com:443', 'passes', 'RuleAllowed', 9),
        seen('pay.example.com:443', 'newlyRefused', 'NoMatchingRule', 40),
        seen(odd, 'newlyRefused', 'InvalidTarget', 1),
      ],
    };
    const page = await open('#/namespaces/shop');
    const simulate = page.getByRole('button', { name: 'Simulate' });
    await simulate.waitFor();
    expect(await simulate.isDisabled()).toBe(true);
    const ruleSet = { apiVersion: 'zalando.org/v1', kind: 'EgressRuleSet', metadata: { name: 'rules' } };
    await page
      .getByLabel(/A changed rule set/)
      .fill(`---\n${stringify(ruleSet)}---\n${JSON.stringify(ruleSet)}`);
    await simulate.click();
    const shown = page.locator('.simulation');
    await shown.waitFor();
    expect(server.state.pasted).toEqual([ruleSet, ruleSet]);
    const text = (await shown.innerText()).replaceAll(/\s+/g, ' ');
    expect(text).toContain('Newly refused: 2 targets, 41 requests');
    expect(text).toContain('Newly passes: 1 target, 2 requests');
    expect(text).toContain('Passes as before: 1 target, 9 requests');
    expect(text).toContain('Refused as before: nothing');
    expect(text).toContain('this is what enforce mode would do');
    const changed = await shown.locator('tbody tr').allInnerTexts();
    expect(changed.map((row) => row.split(/\s/)[0])).toEqual([
      'pay.example.com:443',
      '<img',
      'new.example.com:443',
    ]);
    expect(changed[0]).toContain('Deployment/api, Job/batch');
    expect(await page.locator('main img').count()).toBe(0);
    expect(opened.complaints).toEqual([]);
  });

  test('a text that is no rule set, or one that the webhook would refuse, is not simulated, and the page says why', async () => {
    const page = await open('#/namespaces/shop');
    const paste = async (text: string) => {
      await page.getByLabel(/A changed rule set/).fill(text);
      await page.getByRole('button', { name: 'Simulate' }).click();
    };
    await paste('spec:\n  targets: [');
    await page.getByRole('alert').filter({ hasText: 'at line 2' }).waitFor();
    await paste(Array.from({ length: 2_000 }, (_, index) => `a${index}: b`).join('\n'));
    await page.getByText('Nothing of what was requested changes.').waitFor();
    await paste('['.repeat(5_000));
    await page.getByRole('alert').first().waitFor();
    const script = '<script>document.title=1</script>';
    server.state.simulation = { ...unchanged, faults: [{ ruleSet: script, message: `spec: ${script}` }] };
    await paste('a: b');
    await page.getByRole('alert').filter({ hasText: script }).waitFor();
    expect(await page.locator('main script').count()).toBe(0);
    expect(await page.title()).not.toBe('1');
    expect(opened.complaints).toEqual([]);
  });

  test('keyboard only: skip link, arrows in the list, Enter opens, Escape closes', async () => {
    server.state.flows = Array.from({ length: 100 }, (_, index) => flow(99 - index));
    const page = await open('#/flows');
    await rows(page).first().waitFor();
    // The focus is where it is on a page that was just opened.
    await page.reload();
    await rows(page).first().waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    await page.getByRole('listbox').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp', 'PageDown', 'Enter'])
      await page.keyboard.press(key);
    const detail = page.getByRole('region', { name: 'Request details' });
    expect(await detail.innerText()).toContain('api-7d9f8b6c5-16');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await detail.getByText('api-7d9f8b6c5-99').waitFor();
    await page.keyboard.press('Escape');
    await detail.waitFor({ state: 'detached' });
  });

  test('the list pauses, shows how many requests are new, and resumes', async () => {
    const page = await open('#/flows');
    await page.getByText('The newest 2 requests.').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    server.state.flows = [...server.state.flows, flow(2), flow(3)];
    await page.getByRole('button', { name: 'Resume (2 new)' }).waitFor();
    expect(await rows(page).count()).toBe(2);
    await page.getByRole('button', { name: /Resume/ }).click();
    await page.getByText('The newest 4 requests.').waitFor();
  });

  test('filters are in the URL, which can be shared', async () => {
    const page = await open('#/flows');
    await page.getByLabel('Target').fill('host-1.');
    await page.getByText('1 of the newest 2 requests.').waitFor();
    await soon(() => page.url()).toContain('#/flows?target=host-1.');
    await page.reload();
    await page.getByText('1 of the newest 2 requests.').waitFor();
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('The newest 2 requests.').waitFor();
  });

  test('an agent that does not answer is named with the reason', async () => {
    server.state.agents = [agent('unreachable')];
    const page = await open();
    const notice = page.getByRole('alert');
    await notice.waitFor();
    expect(await notice.innerText()).toContain('egress-proxy/squid-5d9c7-x2x4p');
    expect(await notice.innerText()).toContain('ECONNREFUSED');
  });

  test('if the dashboard fails, the last data stay, and the page recovers by itself', async () => {
    const page = await open('#/flows');
    await page.getByText('The newest 2 requests.').waitFor();
    server.state.failing = true;
    await page.getByRole('alert').getByText('reports an error').waitFor();
    expect(await rows(page).count()).toBe(2);
    server.state.failing = false;
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  test('an expired token leads back to the sign-in page, which says why', async () => {
    server.state.tokens.add('short');
    opened = await openPage(browser, server.url);
    await signIn(opened.page, 'short');
    server.state.tokens.delete('short');
    await opened.page.getByText('The token is no longer valid').waitFor();
    expect(await opened.page.locator('table').count()).toBe(0);
  });

  test.each(['light', 'dark'] as const)(
    '%s: by the system and by the switch; the text is readable',
    async (scheme) => {
      const page = await open('#/namespaces/shop', { colorScheme: scheme });
      await page.locator('.refused-target').first().waitFor();
      const asSystem = await darkness(page);
      expect(asSystem < 128).toBe(scheme === 'dark');
      expect(await leastContrast(page)).toBeGreaterThanOrEqual(4.5);
      await page.getByLabel('Colours').selectOption(scheme === 'dark' ? 'light' : 'dark');
      expect((await darkness(page)) < 128).toBe(scheme === 'light');
      expect(await leastContrast(page)).toBeGreaterThanOrEqual(4.5);
    },
  );

  test('10,000 requests: only visible rows are rendered; each request can be reached and found', async () => {
    server.state.flows = Array.from({ length: 10_000 }, (_, index) => flow(9_999 - index));
    const page = await open('#/flows');
    await page.getByText('The newest 10,000 requests.').waitFor();
    expect(await rows(page).count()).toBeLessThan(80);
    const frames = await scrollAndMeasure(page);
    console.log(`10,000 requests: frames while scrolling ${JSON.stringify(frames)} ms`);
    await page.getByRole('listbox').focus();
    await page.keyboard.press('End');
    await page.locator('[aria-posinset="10000"]').waitFor();
    await page.getByLabel('Pod').fill('api-7d9f8b6c5-7777');
    await page.getByText('1 of the newest 10,000 requests.').waitFor();
  });
});

/** How light the page is behind everything, 0 to 255. */
function darkness(page: Page): Promise<number> {
  return page.evaluate(() => {
    const [r = 0, g = 0, b = 0] =
      getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number) ?? [];
    return (r + g + b) / 3;
  });
}

/** WCAG's contrast of the least readable text that is shown. */
function leastContrast(page: Page): Promise<number> {
  return page.evaluate(() => {
    const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (colour: string) => {
      const [r = 0, g = 0, b = 0] = channels(colour).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element: Element | null): string => {
      if (element === null) return 'rgb(255,255,255)';
      const { backgroundColor } = getComputedStyle(element);
      return channels(backgroundColor)[3] === 0 ? behind(element.parentElement) : backgroundColor;
    };
    const isShown = (element: Element) =>
      element.checkVisibility() && element.getBoundingClientRect().width > 1;
    const texts = [...document.querySelectorAll('body *')].filter(
      (element) =>
        isShown(element) &&
        [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()),
    );
    const contrasts = texts.map((element) => {
      const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    });
    return Math.min(...contrasts);
  });
}

/** Milliseconds between frames while the list is scrolled for a hundred of them. */
function scrollAndMeasure(page: Page): Promise<Record<string, number>> {
  return page.evaluate(async () => {
    const list = document.querySelector('.scroller');
    const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
    const gaps: number[] = [];
    let before = await nextFrame();
    for (let turn = 0; turn < 100; turn += 1) {
      list?.scrollBy(0, 900);
      const now = await nextFrame();
      gaps.push(now - before);
      before = now;
    }
    gaps.sort((a, b) => a - b);
    const at = (share: number) => Math.round((gaps[Math.floor(share * (gaps.length - 1))] ?? 0) * 10) / 10;
    return { median: at(0.5), p95: at(0.95), most: at(1) };
  });
}
