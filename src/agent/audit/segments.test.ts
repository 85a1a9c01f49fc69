import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Segments } from './segments.ts';

function setUp() {
  const folder = mkdtempSync(join(tmpdir(), 'segments-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const append = (segment: number, text: string) =>
    appendFileSync(join(folder, `${String(segment).padStart(10, '0')}.log`), text);
  return { segments: new Segments(folder), append };
}

describe('Segments at the end of the log', () => {
  it('reads nothing while nothing is logged', async () => {
    const { segments, append } = setUp();
    append(4, 'one\n');
    expect(await segments.read({ segment: 4, offset: 4 })).toBeUndefined();
  });

  it('reads what is logged next, in the same segment', async () => {
    const { segments, append } = setUp();
    append(4, 'one\n');
    await segments.read({ segment: 4, offset: 4 });
    append(4, 'two\n');
    expect(await segments.read({ segment: 4, offset: 4 })).toMatchObject({ lines: ['two'], missing: 0 });
  });

  it('continues with the next segment, though nothing more is in this one', async () => {
    const { segments, append } = setUp();
    append(4, 'one\n');
    await segments.read({ segment: 4, offset: 4 });
    append(5, 'two\n');
    const { next } = (await segments.read({ segment: 4, offset: 4 })) ?? {};
    expect(next).toEqual({ segment: 5, offset: 0 });
    expect(await segments.read({ segment: 5, offset: 0 })).toMatchObject({ lines: ['two'] });
  });

  it('waits for the rest of a line', async () => {
    const { segments, append } = setUp();
    append(4, 'one\ntw');
    expect(await segments.read({ segment: 4, offset: 4 })).toBeUndefined();
    append(4, 'o\n');
    expect(await segments.read({ segment: 4, offset: 4 })).toMatchObject({ lines: ['two'] });
  });

  it('begins with the lowest segment that is left', async () => {
    const { segments, append } = setUp();
    append(7, 'one\n');
    expect(await segments.read({ segment: 4, offset: 4 })).toMatchObject({ lines: ['one'], missing: 3 });
  });
});
