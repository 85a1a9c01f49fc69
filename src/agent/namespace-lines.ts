import { TokenBuckets } from '../bounded/index.ts';

/** Namespaces that are known. One that is dropped may be named again sooner. */
const NAMESPACES = 1000;

/** For a warning about namespaces: `tryTake` allows one line of log for each of them in a minute. */
export function namespaceLines(): TokenBuckets {
  return new TokenBuckets({ burst: 1, refillMs: 60_000 }, NAMESPACES);
}
