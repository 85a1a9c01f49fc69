/**
 * Bundles the product for the image into dist/: main.js with a chunk per component, the launchers and the relay in bin/,
 * Squid's library in lib/, the Node binary, the dashboard's page and Squid's error pages; and the kubectl plugin, which is not in the image.
 * Nothing of node_modules is needed at run time.
 *
 * --arch x64|arm64 builds for that architecture instead of this machine's, with a $CC and a $STRIP for it.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { renderErrorPages } from '../../src/proxy/index.ts';
import { buildCli } from './build-cli.ts';
import { buildInSquid } from './build-in-squid.ts';
import { buildPage } from './build-page.ts';
import { buildRelay } from './build-relay.ts';
import { fetchNode } from './fetch-node.ts';

const root = join(import.meta.dirname, '../..');
const dist = join(root, 'dist');

const { arch } = parseArgs({ options: { arch: { type: 'string', default: process.arch } } }).values;

/** Copies the architecture's Node of package-lock.json. It is stripped once and kept, because stripping takes seconds. */
function copyNode(): void {
  const source = join(fetchNode(arch), 'bin/node');
  const target = join(dist, 'bin/node');
  const stripped = join(root, `node_modules/.cache/kube-egress-node-${arch}`);
  if (!existsSync(stripped) || statSync(stripped).mtimeMs !== statSync(source).mtimeMs) {
    mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
    copyFileSync(source, stripped);
    // Symbols are a sixth of the binary and serve only native debuggers.
    try {
      execFileSync(process.env['STRIP'] ?? 'strip', ['--strip-unneeded', stripped]);
    } catch {
      process.stderr.write('strip is not installed: the Node binary keeps its symbols\n');
    }
    const { atime, mtime } = statSync(source);
    utimesSync(stripped, atime, mtime);
  }
  copyFileSync(stripped, target);
  chmodSync(target, 0o755);
}

function writeErrorPages(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(renderErrorPages())) writeFileSync(join(folder, name), text);
}

/** Identifiers keep their names, so that keepNames, which costs a call for every closure that is made, is not needed. */
const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
} as const;

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, 'bin'), { recursive: true });
await build({
  ...common,
  entryPoints: { main: join(root, 'src/main.ts') },
  outdir: dist,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  // CommonJS dependencies call require for Node's own modules.
  banner: {
    js: "import { createRequire as kubeEgressRequire } from 'node:module'; const require = kubeEgressRequire(import.meta.url);",
  },
});
cpSync(join(root, 'src/launchers'), join(dist, 'bin'), { recursive: true });
copyFileSync(buildRelay(), join(dist, 'bin/relay'));
mkdirSync(join(dist, 'lib'));
copyFileSync(buildInSquid(), join(dist, 'lib/in-squid.so'));
await buildPage(join(dist, 'page'));
await buildCli(join(dist, 'kubectl-egress'));
writeErrorPages(join(dist, 'squid/errors'));
copyNode();
