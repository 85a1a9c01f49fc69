import { PORT } from '../data/network.ts';

interface WrittenSet {
  spec: object;
  annotations?: Record<string, string>;
}

/** Rule sets that a tenant writes again and again: how many, how often, and what the write of that number has. */
export interface RuleSetFlood {
  sets: number;
  /**
   * Three times what an API server with etcd took from eight clients on two cores: 35 sets of 1,000 names a second, and 8 with
   * 250 KB of annotations; with the webhook 17 sets of names.
   */
  perSecond: number;
  ruleSet: (write: number) => WrittenSet;
}

export type FloodName = keyof typeof ruleSetFloods;

export const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** A selector of as many requirements and values as admission takes. */
const largeSelector = {
  matchExpressions: numbers(31).map((index) => ({
    key: `key-${index}`,
    operator: 'NotIn',
    values: numbers(32).map((value) => `value-${index}-${value}`),
  })),
};

export const ruleSetFloods = {
  ipv6: {
    sets: 5,
    perSecond: 100,
    ruleSet: (write) => ({
      spec: {
        targets: numbers(1000).map(
          (high) => `[2001:db8:${(write % 65_536).toString(16)}:${high.toString(16)}::1]:443`,
        ),
      },
    }),
  },
  names: {
    sets: 1000,
    perSecond: 100,
    ruleSet: (write) => ({
      spec: { targets: numbers(1000).map((name) => `n${write}-${name}.example.net:${PORT.hold}`) },
    }),
  },
  annotations: {
    sets: 300,
    perSecond: 25,
    ruleSet: (write) => ({
      spec: { targets: [`a${write}.example.net:443`] },
      annotations: { filling: 'x'.repeat(250_000) },
    }),
  },
  selectors: {
    sets: 90,
    perSecond: 100,
    ruleSet: (write) => ({
      spec: { podSelector: largeSelector, targets: [`s${write}.hostile.example.org:443`] },
    }),
  },
} satisfies Record<string, RuleSetFlood>;
