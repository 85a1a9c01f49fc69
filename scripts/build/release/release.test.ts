import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { debianComponents, imageBill } from './bill-of-materials.ts';
import { findForeignBinaries, machineOf } from './find-foreign-binaries.ts';

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
