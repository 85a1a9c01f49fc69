/** What one pod asks for. */
export interface Batch {
  /** `namespace/name`. */
  pod: string;
  method: 'GET' | 'CONNECT';
  target: string;
  count: number;
  verdict: 'allow' | 'deny';
}

/** By `namespace target verdict`: how many requests. */
export type Table = Record<string, number>;

export const namespaces = ['exact-a', 'exact-b'] as const;

export const rules: Record<(typeof namespaces)[number], string[]> = {
  'exact-a': ['one.example.com:80', 'one.example.com:443', '*.example.org:443'],
  'exact-b': ['one.example.com:443'],
};

/** 5,000 requests: plain and CONNECT, allowed and refused, the same name allowed here and refused there. */
export const plan: readonly Batch[] = [
  { pod: 'exact-a/first', method: 'GET', target: 'one.example.com:80', count: 700, verdict: 'allow' },
  { pod: 'exact-a/first', method: 'GET', target: 'no.example.com:80', count: 400, verdict: 'deny' },
  { pod: 'exact-a/first', method: 'CONNECT', target: 'one.example.com:443', count: 600, verdict: 'allow' },
  { pod: 'exact-a/first', method: 'CONNECT', target: 'no.example.com:443', count: 300, verdict: 'deny' },
  { pod: 'exact-a/second', method: 'GET', target: 'one.example.com:80', count: 500, verdict: 'allow' },
  { pod: 'exact-a/second', method: 'CONNECT', target: 'a.example.org:443', count: 500, verdict: 'allow' },
  { pod: 'exact-a/second', method: 'CONNECT', target: 'example.org:443', count: 500, verdict: 'deny' },
  { pod: 'exact-b/first', method: 'CONNECT', target: 'one.example.com:443', count: 700, verdict: 'allow' },
  { pod: 'exact-b/first', method: 'GET', target: 'one.example.com:80', count: 800, verdict: 'deny' },
];

export const pods = [...new Set(plan.map(({ pod }) => pod))];

export function sumUp(
  counted: Iterable<{ namespace: string; target: string; verdict: string; count: number }>,
): Table {
  const table: Table = {};
  for (const { namespace, target, verdict, count } of counted) {
    const key = `${namespace} ${target} ${verdict}`;
    table[key] = (table[key] ?? 0) + count;
  }
  return Object.fromEntries(Object.entries(table).sort());
}

/** What everyone who counts has to say. */
export const expected: Table = sumUp(
  plan.map(({ pod, ...batch }) => ({ ...batch, namespace: pod.split('/')[0] ?? '' })),
);

/** What the pod itself has to see. */
export function answersOf(pod: string): Table {
  const own = plan.filter((batch) => batch.pod === pod);
  return Object.fromEntries(
    own.map(({ method, target, verdict, count }) => [
      `${method} ${target} ${verdict === 'allow' ? 200 : 403}`,
      count,
    ]),
  );
}
