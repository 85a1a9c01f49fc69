import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORIGIN, PODS } from './support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from './support/squid/cluster-objects.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

const [loud = '', quiet = ''] = PODS;
const TARGET = `${ORIGIN}:80`;
/** Bytes a second of one namespace. */
const RATE = 200_000;
/** Bytes of one download of the loud namespace, and their number. Together they take 11 s. */
const LARGE = 600_000;
const DOWNLOADS = 4;
const stage = new SquidStage({
  privateDestinations: 'Allow',
  privateCIDRs: ['203.0.113.0/24'],
  limits: { bytesPerSecond: RATE },
});

async function podIn(namespace: string, ip: string): Promise<void> {
  await stage.apply(enforcedNamespace(namespace));
  await stage.apply(runningPod({ namespace, name: namespace, ip }));
  await stage.apply(ruleSet(namespace, [TARGET]));
}

/** Bytes that arrive of a download. `-p`: through a tunnel. */
async function download(source: string, bytes: number, ...options: string[]): Promise<number> {
  const url = `http://${TARGET}/?bytes=${bytes}`;
  const { stdout } = await stage.curl(source, ...options, '-o', '/dev/null', '-w', '%{size_download}', url);
  return Number(stdout);
}

beforeAll(async () => {
  await podIn('loud', loud);
  await podIn('quiet', quiet);
  await stage.start();
});
afterAll(() => stage.close());

describe.each([
  ['tunnels', ['-p']],
  ['requests', []],
])('bytesPerSecond, over %s', (_, options) => {
  it('is what a namespace gets over all its connections, and another one is not delayed', async () => {
    const begun = performance.now();
    let finished = 0;
    const downloads = Array.from({ length: DOWNLOADS }, async () => {
      const bytes = await download(loud, LARGE, ...options);
      finished += 1;
      return bytes;
    });
    // The whole bucket of the quiet namespace, while the other one is empty.
    expect(await download(quiet, RATE / 2, ...options)).toBe(RATE / 2);
    expect(finished).toBe(0);
    expect(await Promise.all(downloads)).toEqual(Array(DOWNLOADS).fill(LARGE));
    const seconds = (performance.now() - begun) / 1000;
    // The bucket, and what filled it since. Twice: a read takes what the bucket had before the others read.
    expect(DOWNLOADS * LARGE).toBeLessThan(2 * RATE * (1 + seconds));
  });
});
