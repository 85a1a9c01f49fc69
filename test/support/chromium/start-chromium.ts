import { type Browser, chromium } from 'playwright-core';

/** Debian's chromium (scripts/build/tools.sh: need_chromium), headless. It asks nothing of the network but what a page asks. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    // Milliseconds: the page is built at the same time, on the same few cores.
    timeout: 120_000,
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
