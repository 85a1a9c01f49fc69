/** Screenshots of the dashboard on the cluster that KUBECONFIG names: `node test/support/chromium/screenshots.ts FOLDER [VIEW]`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openPage } from './dashboard-page.ts';
import { startLocalDashboard } from './local-dashboard.ts';
import { startChromium } from './start-chromium.ts';

const [folder = 'docs/images', only] = process.argv.slice(2);

interface Shot {
  name: string;
  hash: string;
  dark?: true;
  phone?: true;
  /** What has to be there. */
  ready: string;
  act?: (page: Page) => Promise<void>;
}

const openFirst = (page: Page) => page.getByRole('listbox').getByRole('option').first().click();

const shots: Shot[] = [
  { name: 'overview', hash: '#/', ready: 'tbody tr' },
  {
    name: 'refused',
    hash: '#/flows?outcome=refused',
    ready: '[role=listbox] [role=option]',
    act: openFirst,
  },
  { name: 'map', hash: '#/map', ready: '.map', dark: true },
  {
    name: 'phone',
    hash: '#/flows?outcome=refused',
    ready: '[role=listbox] [role=option]',
    act: openFirst,
    phone: true,
  },
];

mkdirSync(folder, { recursive: true });
await using dashboard = await startLocalDashboard();
const browser = await startChromium();
for (const shot of shots.filter(({ name }) => only === undefined || name === only)) {
  const viewport = shot.phone ? { width: 375, height: 740 } : { width: 1180, height: 700 };
  const { page, close } = await openPage(browser, dashboard.url, {
    viewport,
    colorScheme: shot.dark ? 'dark' : 'light',
  });
  await page.getByRole('navigation', { name: 'Views' }).waitFor();
  await page.evaluate((hash) => location.assign(hash), shot.hash);
  await page.locator(shot.ready).first().waitFor();
  await shot.act?.(page);
  const path = join(folder, `${shot.name}.png`);
  await page.screenshot({ path });
  process.stdout.write(`${path}\n`);
  await close();
}
await browser.close();
