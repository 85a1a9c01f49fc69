import { type Browser, chromium } from 'playwright-core';

/** Debian's chromium (scripts/tools.sh: need_chromium), headless. It asks nothing of the network but what a page asks. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      // Tests run as root in a container, where the sandbox cannot start; the pages are our own.
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--disable-background-networking',
      '--no-proxy-server',
    ],
  });
}
