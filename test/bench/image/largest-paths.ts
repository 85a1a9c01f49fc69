export interface PathSize {
  path: string;
  bytes: number;
}

/** A line of `tar -tv`: mode, owner, size, date, time, path and, of a link, where it leads. */
const ENTRY = /^-\S+ +\S+ +(\d+) \S+ \S+ (.+)$/;

/** The paths that take the most of a tar listing; what lies deeper than `deep` folders counts for its folder. */
export function largestPaths(listing: string, { deep, most }: { deep: number; most: number }): PathSize[] {
  const sums = new Map<string, number>();
  for (const line of listing.split('\n')) {
    const [, size = '', path = ''] = ENTRY.exec(line) ?? [];
    if (size === '') continue;
    const top = path.split('/').slice(0, deep).join('/');
    sums.set(top, (sums.get(top) ?? 0) + Number(size));
  }
  return Array.from(sums, ([path, bytes]) => ({ path, bytes }))
    .sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1))
    .slice(0, most);
}
