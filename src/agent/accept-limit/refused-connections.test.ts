import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../time/fake-clock.ts';
import { ownerKey } from './client-table.ts';
import { parseOpenCounts } from './open-counts.ts';
import { RefusedConnections } from './refused-connections.ts';

const folder = mkdtempSync(join(tmpdir(), 'refused-connections-'));
const path = join(folder, 'open-connections');
afterEach(() => rmSync(path, { force: true }));

/** The file as Squid's library has it: a free place, then the namespaces. */
function countsOf(refused: Record<string, number>): Buffer {
  const names = Object.keys(refused);
  const bytes = Buffer.alloc(24 * (names.length + 1));
  for (const [index, name] of names.entries()) {
    const at = 24 * (index + 1);
    bytes.write(ownerKey(name), at, 'hex');
    bytes.writeBigUInt64LE(BigInt(refused[name] ?? 0), at + 8);
    bytes.writeUInt32LE(7, at + 16);
  }
  return bytes;
}

function setUp() {
  const clock = new FakeClock();
  const told: [string, number][] = [];
  const lines: unknown[] = [];
  const log = { warn: (fields: unknown) => lines.push(fields) } as never;
  const refused = new RefusedConnections({
    path,
    namespaces: () => ['shop', 'bank'],
    onRefused: (...each) => told.push(each),
    clock,
    log,
  });
  const check = (counts: Record<string, number>) => {
    writeFileSync(path, countsOf(counts));
    refused.check();
    return told.splice(0);
  };
  return { clock, lines, refused, check, told };
}

describe('RefusedConnections', () => {
  it('tells what was added, for each namespace', () => {
    const { check } = setUp();
    expect(check({ shop: 3, bank: 0 })).toEqual([['shop', 3]]);
    expect(check({ shop: 3, bank: 0 })).toEqual([]);
    expect(check({ shop: 5, bank: 1 })).toEqual([
      ['shop', 2],
      ['bank', 1],
    ]);
  });

  it('counts from the beginning again with a new Squid', () => {
    const { check } = setUp();
    check({ shop: 30 });
    expect(check({ shop: 4 })).toEqual([['shop', 4]]);
  });

  it('says nothing of a namespace that was deleted, or without a file', () => {
    const { check, refused, told } = setUp();
    expect(check({ gone: 4 })).toEqual([]);
    rmSync(path);
    refused.check();
    expect(told).toEqual([]);
  });

  it('leaves out what another run of the agent has told', () => {
    const { refused, check } = setUp();
    writeFileSync(path, countsOf({ shop: 10 }));
    refused.skipEarlier();
    expect(check({ shop: 12 })).toEqual([['shop', 2]]);
  });

  it('writes one line of log for a namespace in a minute', async () => {
    const { clock, lines, check } = setUp();
    check({ shop: 1 });
    check({ shop: 2, bank: 1 });
    expect(lines).toEqual([
      { namespace: 'shop', open: 7, refused: 1 },
      { namespace: 'bank', open: 7, refused: 1 },
    ]);
    await clock.advance(60_000);
    check({ shop: 9, bank: 1 });
    expect(lines).toHaveLength(3);
  });
});

describe('parseOpenCounts', () => {
  it('leaves out what is cut off', () => {
    const bytes = countsOf({ shop: 1, bank: 2 });
    expect(parseOpenCounts(bytes)).toHaveLength(2);
    expect(parseOpenCounts(bytes.subarray(0, -1))).toEqual([
      { owner: ownerKey('shop'), refused: 1, open: 7 },
    ]);
  });
});
