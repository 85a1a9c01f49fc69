import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { debianComponents, imageBill } from './bill-of-materials.ts';
import { findForeignBinaries, machineOf } from './find-foreign-binaries.ts';
import { describeProvenance } from './provenance.ts';
import { signFile } from './sign.ts';

function elf(machine: number): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.writeUInt16LE(machine, 18);
  return header;
}

describe('findForeignBinaries', () => {
  it('finds a binary of another architecture at any depth, and counts only ELF files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'release-'));
    mkdirSync(join(folder, 'usr/lib'), { recursive: true });
    writeFileSync(join(folder, 'node'), elf(0xb7));
    writeFileSync(join(folder, 'usr/lib/relay'), elf(0x3e));
    writeFileSync(join(folder, 'script'), '#!/bin/sh\necho more than twenty bytes\n');
    writeFileSync(join(folder, 'empty'), '');
    symlinkSync('/proc/self/exe', join(folder, 'link'));
    symlinkSync('/proc/self/fd', join(folder, 'descriptors'));
    expect(findForeignBinaries(folder, 'arm64')).toEqual({
      count: 2,
      foreign: [join(folder, 'usr/lib/relay')],
    });
    expect(() => findForeignBinaries(folder, 'riscv64')).toThrow('amd64 or arm64');
  });

  it('reads the machine of a real binary', () => {
    expect(machineOf(process.execPath)).toBe({ x64: 0x3e, arm64: 0xb7 }[process.arch as 'x64' | 'arm64']);
  });
});

describe('imageBill', () => {
  const status = `Package: squid-openssl
Status: install ok installed
Architecture: arm64
Version: 6.13-2+deb13u1
Description: proxy
 with more: than one line

Package: gone
Status: deinstall ok config-files
Architecture: arm64
Version: 1
`;

  it('has the packages that are installed, as package URLs', () => {
    expect(debianComponents(status).map(({ purl }) => purl)).toEqual([
      'pkg:deb/debian/squid-openssl@6.13-2%2Bdeb13u1?arch=arm64',
    ]);
  });

  it('is the same for the same packages', () => {
    const npm = (serialNumber: string, timestamp: string) => ({
      serialNumber,
      metadata: { timestamp, component: {} },
      components: [],
    });
    expect(imageBill(npm('urn:1', '2026'), status, 'arm64')).toEqual(
      imageBill(npm('urn:2', '2027'), status, 'arm64'),
    );
  });
});

describe('describeProvenance', () => {
  const release = {
    checksums: `${'a'.repeat(64)}  install.yaml\n${'b'.repeat(64)}  kube-egress-1.0.0.tgz\n`,
    imageDigest: `sha256:${'c'.repeat(64)}`,
    commit: '8b4e22a',
    version: '1.0.0',
    repository: 'registry.example.com/kube-egress',
    platforms: 'amd64,arm64',
  };

  it('is about the image and each file, and says from which commit they are', () => {
    expect(describeProvenance(release)).toMatchObject({
      subject: [
        { name: 'registry.example.com/kube-egress', digest: { sha256: 'c'.repeat(64) } },
        { name: 'install.yaml', digest: { sha256: 'a'.repeat(64) } },
        { name: 'kube-egress-1.0.0.tgz', digest: { sha256: 'b'.repeat(64) } },
      ],
      predicate: { buildDefinition: { resolvedDependencies: [{ digest: { gitCommit: '8b4e22a' } }] } },
    });
  });

  it('is the same for the same release', () => {
    expect(describeProvenance(release)).toEqual(describeProvenance({ ...release }));
  });
});

describe('signFile', () => {
  const pem = { format: 'pem', type: 'pkcs8' } as const;

  it('signs what openssl verifies, and not another content', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const folder = mkdtempSync(join(tmpdir(), 'release-'));
    const path = (name: string) => join(folder, name);
    const signature = signFile(String(privateKey.export(pem)), Buffer.from('content'));
    writeFileSync(path('signature'), Buffer.from(signature, 'base64'));
    writeFileSync(path('key'), publicKey.export({ format: 'pem', type: 'spki' }));
    const verify = (content: string) => {
      writeFileSync(path('content'), content);
      const args = ['-sha256', '-verify', path('key'), '-signature', path('signature'), path('content')];
      return execFileSync('openssl', ['dgst', ...args], { encoding: 'utf8', stdio: 'pipe' });
    };
    expect(verify('content')).toContain('Verified OK');
    expect(() => verify('other')).toThrow();
  });

  it('refuses a key of another kind, and says how to make one', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    expect(() => signFile(String(privateKey.export(pem)), Buffer.from('x'))).toThrow('prime256v1');
  });
});
