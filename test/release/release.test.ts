import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtTool } from '../support/built-tool.ts';

const root = join(import.meta.dirname, '../..');
const { KUBE_EGRESS_RELEASE_PLATFORMS = process.arch === 'arm64' ? 'arm64' : 'amd64' } = process.env;

let folder: string;
let cosign: string;

const pathOf = (...names: string[]) => join(folder, ...names);

/** Makes a release of the working tree, signed by the test's key, and prints its progress. */
async function release(out: string): Promise<string> {
  const args = ['--platforms', KUBE_EGRESS_RELEASE_PLATFORMS, '--key', pathOf('release.key'), '--out', out];
  const child = spawn(join(root, 'scripts/release'), args, { stdio: ['ignore', 'inherit', 'inherit'] });
  expect(await once(child, 'close')).toEqual([0, null]);
  return out;
}

/** Cosign's verdict on the checksums, by the command that `scripts/release --help` has, and what it says. */
function verify(key: string): { ok: boolean; text: string } {
  const help = execFileSync(join(root, 'scripts/release'), ['--help'], { encoding: 'utf8' });
  const [, command = ''] = /or: cosign (.*)$/m.exec(help) ?? [];
  const args = command.replace('release.pub', pathOf(key)).split(' ');
  const { status, stdout, stderr } = spawnSync(cosign, args, { cwd: pathOf('first'), encoding: 'utf8' });
  return { ok: status === 0, text: stdout + stderr };
}

function makeKeys(name: string): void {
  const [key, pub] = [pathOf(`${name}.key`), pathOf(`${name}.pub`)];
  execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key]);
  execFileSync('openssl', ['ec', '-in', key, '-pubout', '-out', pub], { stdio: 'ignore' });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'release-'));
  for (const name of ['release', 'stranger']) makeKeys(name);
  cosign = builtTool('cosign');
  await release(pathOf('first'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('cosign accepts the signature, and sha256sum each file', () => {
  const { ok, text } = verify('release.pub');
  expect(text).toContain('Verified OK');
  expect(ok).toBe(true);
  execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: pathOf('first') });
});

test('cosign refuses the signature by another key', () => {
  expect(verify('stranger.pub')).toMatchObject({
    ok: false,
    text: expect.stringContaining('invalid signature'),
  });
});

test('the same tree gives the same files, image included', async () => {
  const checksums = (out: string) => readFileSync(join(out, 'SHA256SUMS'), 'utf8');
  expect(checksums(await release(pathOf('second')))).toBe(checksums(pathOf('first')));
});

test('cosign refuses changed checksums, and sha256sum a changed file', () => {
  appendFileSync(pathOf('first/install.yaml'), '# changed\n');
  const check = spawnSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: pathOf('first') });
  expect(check.stdout.toString()).toBe('install.yaml: FAILED\n');
  appendFileSync(pathOf('first/SHA256SUMS'), `${'a'.repeat(64)}  other\n`);
  expect(verify('release.pub')).toMatchObject({
    ok: false,
    text: expect.stringContaining('invalid signature'),
  });
});
