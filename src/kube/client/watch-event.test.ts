import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type KubeObject, keyOf } from '../object.ts';
import { ApiError } from './api-error.ts';
import { lines, parseWatch } from './watch-event.ts';

const event = (type: string, name: string) =>
  `${JSON.stringify({ type, object: { kind: 'Pod', metadata: { namespace: 'shop', name } } })}\n`;

async function* chunksOf(...chunks: string[]) {
  yield* chunks;
}

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

describe('parseWatch', () => {
  it('yields each object as it was trimmed, wherever the chunks end', async () => {
    const text = event('ADDED', 'a') + event('MODIFIED', 'b') + event('DELETED', 'a');
    for (const size of [1, 7, 100, text.length]) {
      const chunks = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      expect(await collect(parseWatch('WATCH', chunksOf(...chunks), keyOf))).toEqual([
        { type: 'ADDED', object: 'shop/a' },
        { type: 'MODIFIED', object: 'shop/b' },
        { type: 'DELETED', object: 'shop/a' },
      ]);
    }
  });

  it('yields what comes before an error of the server, then throws it', async () => {
    const status = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };
    const error = `${JSON.stringify({ type: 'ERROR', object: status })}\n`;
    const events = parseWatch('WATCH', chunksOf(event('ADDED', 'a') + error), keyOf);
    expect((await events.next()).value).toEqual({ type: 'ADDED', object: 'shop/a' });
    await expect(events.next()).rejects.toThrow(ApiError);
  });

  it('keeps no object while it waits for the next one', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const waiting = Promise.withResolvers<void>();
    async function* text() {
      yield event('ADDED', 'large');
      waiting.resolve();
      await new Promise(() => {});
    }
    const parsed: WeakRef<KubeObject>[] = [];
    const events = parseWatch('WATCH', text(), (object: KubeObject) => {
      parsed.push(new WeakRef(object));
      return keyOf(object);
    });
    expect((await events.next()).value).toEqual({ type: 'ADDED', object: 'shop/large' });
    void events.next();
    await waiting.promise;
    // A WeakRef holds its object until the end of the turn.
    await new Promise(setImmediate);
    collectGarbage();
    expect(parsed.map((reference) => reference.deref())).toEqual([undefined]);
  });
});

describe('lines', () => {
  it('leaves out empty lines, and a last one that was cut off', async () => {
    expect(await collect(lines(chunksOf('a\n\nb', 'c\nd')))).toEqual(['a', 'bc']);
  });
});
