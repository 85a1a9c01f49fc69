/**
 * `node scripts/build/krew.ts URI`: packs dist/kubectl-egress into dist/kubectl-egress.tar.gz, and prints the krew manifest
 * of the archive, which will be published at URI.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { renderKrewManifest } from './krew-manifest.ts';

const root = join(import.meta.dirname, '../..');
const [uri] = process.argv.slice(2);
const plugin = join(root, 'dist/kubectl-egress');
if (uri === undefined || !URL.canParse(uri)) {
  process.stderr.write('usage: node scripts/build/krew.ts URI, the address of the published archive\n');
  process.exit(2);
}
if (!existsSync(plugin)) {
  process.stderr.write('dist/kubectl-egress does not exist: npm run build\n');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'krew-'));
copyFileSync(plugin, join(folder, 'kubectl-egress'));
copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
const archive = join(root, 'dist/kubectl-egress.tar.gz');
// Equal files make an equal archive, on every machine and at any time.
const equal = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
const tar = execFileSync('tar', [...equal, '-cf', '-', 'LICENSE', 'kubectl-egress'], {
  cwd: folder,
  maxBuffer: 64 * 1024 * 1024,
});
writeFileSync(archive, gzipSync(tar));
rmSync(folder, { recursive: true });
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
process.stdout.write(renderKrewManifest({ version, uri, sha256 }));
