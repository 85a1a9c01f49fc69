import type { Page } from 'playwright-core';
import { startLocalDashboard } from '../../../support/chromium/local-dashboard.ts';
import { startChromium } from '../../../support/chromium/start-chromium.ts';
import { expected, namespaces, sumUp, type Table } from './plan.ts';

/** Milliseconds: a browser has little of a machine on which two clusters run. */
const PATIENCE = 90_000;

/** What the dashboard's namespace pages show, as a reader sees it; waits until they show as many requests as were made. */
export async function countedByPage(): Promise<Table> {
  await using dashboard = await startLocalDashboard();
  const browser = await startChromium();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.goto(dashboard.url);
    const counted = [];
    for (const namespace of namespaces) {
      await page.goto(`${dashboard.origin}/#/namespaces/${namespace}`);
      await page.getByText(new RegExp(`^${total(namespace).toLocaleString('en')} requests, `)).waitFor();
      const rows = [...(await refusedOn(page)), ...(await allowedOn(page))];
      counted.push(...rows.map((row) => ({ namespace, ...row })));
    }
    return sumUp(counted);
  } finally {
    await browser.close();
  }
}

function total(namespace: string): number {
  const own = Object.entries(expected).filter(([key]) => key.startsWith(`${namespace} `));
  return own.reduce((sum, [, count]) => sum + count, 0);
}

async function refusedOn(page: Page) {
  const cards = await page.locator('.refused-target').all();
  return Promise.all(
    cards.map(async (card) => ({
      target: await card.getByRole('link').innerText(),
      verdict: 'deny',
      count: numberIn(await card.getByText(/^[\d,]+ times?, last /).innerText()),
    })),
  );
}

async function allowedOn(page: Page) {
  const section = page.locator('section', { has: page.getByRole('heading', { name: 'Allowed' }) });
  const rows = await section.locator('tbody tr').all();
  return Promise.all(
    rows.map(async (row) => ({
      target: await row.getByRole('rowheader').innerText(),
      verdict: 'allow',
      count: numberIn(await row.getByRole('cell').first().innerText()),
    })),
  );
}

/** `1,000 times, last just now`. */
function numberIn(text: string): number {
  return Number(/^[\d,]+/.exec(text)?.[0].replaceAll(',', ''));
}
