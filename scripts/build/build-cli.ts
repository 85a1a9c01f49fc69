import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The oldest Node that runs the plugin: undici's own limit. */
const OLDEST_NODE = { major: 22, minor: 19 };

/** Older versions fail while they load the file, with a stack trace. */
const checkNode = `const [major, minor] = process.versions.node.split('.').map(Number);
if (major < ${OLDEST_NODE.major} || (major === ${OLDEST_NODE.major} && minor < ${OLDEST_NODE.minor})) {
  process.stderr.write('error: kubectl egress needs Node ${OLDEST_NODE.major}.${OLDEST_NODE.minor} or later; this is ' + process.version + '\\n');
  process.exit(2);
}`;

/** Bundles the kubectl plugin into one executable file. Without a suffix Node takes it for CommonJS. */
export async function buildCli(file: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, '../../src/cli/main.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: `node${OLDEST_NODE.major}`,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
    banner: { js: `#!/usr/bin/env node\n${checkNode}` },
  });
  chmodSync(file, 0o755);
}
