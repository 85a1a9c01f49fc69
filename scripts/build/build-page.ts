import { join } from 'node:path';
import { build } from 'vite';

const page = join(import.meta.dirname, '../../src/dashboard/page');

/** The dashboard's page as static files, in a folder that is emptied first. */
export async function buildPage(folder: string): Promise<void> {
  await build({
    root: page,
    configFile: false,
    logLevel: 'warn',
    // Wherever an ingress puts it.
    base: '../',
    publicDir: false,
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2024',
      // An asset inlined as a data: address would need a wider content security policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
}
