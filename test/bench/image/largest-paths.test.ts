import { describe, expect, it } from 'vitest';
import { largestPaths } from './largest-paths.ts';

const listing = `drwxr-xr-x 0/0               0 2026-11-21 10:00 usr/
-rwxr-xr-x 0/0             100 2026-11-21 10:00 usr/bin/node
-rw-r--r-- 0/0              30 2026-11-21 10:00 usr/lib/a/one.so
-rw-r--r-- 0/0              40 2026-11-21 10:00 usr/lib/a/b/two with space.so
lrwxrwxrwx 0/0               0 2026-11-21 10:00 usr/lib/c -> a
`;

describe('largestPaths', () => {
  it('sums what lies deeper, the largest first', () => {
    expect(largestPaths(listing, { deep: 3, most: 9 })).toEqual([
      { path: 'usr/bin/node', bytes: 100 },
      { path: 'usr/lib/a', bytes: 70 },
    ]);
    expect(largestPaths(listing, { deep: 1, most: 1 })).toEqual([{ path: 'usr', bytes: 170 }]);
  });
});
