import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../rules/index.ts';
import { FakeClock } from '../../time/fake-clock.ts';
import { ClientTable } from './client-table.ts';
import { ClientTableFile } from './client-table-file.ts';

function setUp() {
  const path = join(mkdtempSync(join(tmpdir(), 'client-table-')), 'client-limits');
  const owners = new Map<string, string>();
  let failed = 0;
  const entryOf = (text: string) => {
    const address = parseAddress(text);
    const owner = owners.get(text);
    return address === undefined || owner === undefined || owner === 'other'
      ? undefined
      : { address, owner, limit: 9 };
  };
  const file = new ClientTableFile({
    path,
    addresses: () => owners.keys(),
    entryOf,
    onUnwritten: () => {
      failed += 1;
    },
    clock: new FakeClock(),
    log: { warn: () => {} } as never,
  });
  const expected = (...addresses: string[]) => {
    const table = new ClientTable();
    for (const entry of addresses.map(entryOf)) if (entry !== undefined) table.add(entry);
    return table.content;
  };
  return { path, owners, file, expected, failures: () => failed };
}

describe('ClientTableFile', () => {
  it('has the addresses with a limit', async () => {
    const { path, owners, file, expected } = setUp();
    owners.set('10.0.0.1', 'shop').set('10.0.0.2', 'other').set('2001:db8::1', 'bank');
    await file.write();
    expect(readFileSync(path)).toEqual(expected('10.0.0.1', '2001:db8::1'));
  });

  it('is written again only for a change that changes it', async () => {
    const { path, owners, file, expected } = setUp();
    owners.set('10.0.0.1', 'shop');
    await file.write();
    const { ino, mtimeMs } = statSync(path);
    file.changed();
    await file.write();
    expect(statSync(path)).toMatchObject({ ino, mtimeMs });
    owners.set('10.0.0.3', 'shop');
    await file.write();
    expect(statSync(path)).toMatchObject({ ino, mtimeMs });
    file.changed();
    await file.write();
    expect(readFileSync(path)).toEqual(expected('10.0.0.1', '10.0.0.3'));
  });

  it('is tried again after a failure', async () => {
    const { path, owners, file, failures, expected } = setUp();
    owners.set('10.0.0.1', 'shop');
    mkdirSync(path);
    await file.write();
    expect(failures()).toBe(1);
    rmdirSync(path);
    await file.write();
    expect(readFileSync(path)).toEqual(expected('10.0.0.1'));
  });

  it('holds thousands of addresses, each once', async () => {
    const { path, owners, file } = setUp();
    for (let index = 0; index < 3000; index += 1) owners.set(`10.0.${index >> 8}.${index & 255}`, 'shop');
    await file.write();
    expect(statSync(path).size).toBe(8 + 32 * 3000);
  });
});
