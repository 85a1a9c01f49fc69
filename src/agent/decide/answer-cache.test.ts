import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AnswerCache, type Inputs } from './answer-cache.ts';

const first = ['192.0.2.1'];
const resolved = { name: 'a.example', addresses: first };

interface Outcome {
  label: string;
  inputs: Inputs;
}

function setUp() {
  const answers = new AnswerCache<Outcome>();
  const dns: { addresses: readonly string[] | undefined; forMs: number } = {
    addresses: first,
    forMs: 60_000,
  };
  const names = { cached: () => dns.addresses, cachedForMs: () => dns.forMs };
  const outcome = (label: string, inputs: Partial<Inputs> = {}): Outcome => ({
    label,
    inputs: {
      revision: answers.revision,
      hasClient: true,
      resolved: undefined,
      usesParents: false,
      ...inputs,
    },
  });
  const find = (key: string) => answers.find(key, names)?.label;
  return { answers, dns, names, outcome, find };
}

describe('AnswerCache, outcomes', () => {
  it('returns an outcome while none of its inputs has changed', () => {
    const { answers, dns, outcome, find } = setUp();
    answers.store('q', outcome('allow', { resolved }));
    expect(find('q')).toBe('allow');
    expect(find('other')).toBeUndefined();
    // Equal addresses from another look-up need another decision.
    dns.addresses = [...first];
    expect(find('q')).toBeUndefined();
    dns.addresses = undefined;
    expect(find('q')).toBeUndefined();
  });

  it('needs no name if none was resolved', () => {
    const { answers, outcome } = setUp();
    const fail = () => {
      throw new Error('nothing to resolve');
    };
    answers.store('q', outcome('deny'));
    expect(answers.find('q', { cached: fail, cachedForMs: fail })?.label).toBe('deny');
  });

  it('forgets everything at a new revision, and stores nothing of an earlier one', () => {
    const { answers, outcome, find } = setUp();
    answers.store('a', outcome('old'));
    const late = outcome('late');
    answers.invalidate();
    expect(find('a')).toBeUndefined();
    answers.store('b', outcome('new'));
    answers.store('c', late);
    expect([find('a'), find('b'), find('c')]).toEqual([undefined, 'new', undefined]);
  });

  it.each<[string, Partial<Inputs>]>([
    ['of an unknown client', { hasClient: false }],
    ['with the credentials of a parent', { usesParents: true }],
  ])('stores no outcome %s', (_, inputs) => {
    const { answers, outcome, find } = setUp();
    answers.store('q', outcome('once', inputs));
    expect(find('q')).toBeUndefined();
  });

  it('stays small', () => {
    const { answers, outcome, find } = setUp();
    for (let count = 0; count <= 10_000; count += 1) answers.store(`q${count}`, outcome(`${count}`));
    expect([find('q0'), find('q10000')]).toEqual([undefined, '10000']);
  });
});

describe('AnswerCache, leases', () => {
  it('finds the outcome of a lease, and remembers many', () => {
    const { answers, outcome } = setUp();
    const issue = (label: string, now: number) =>
      answers.issueLease(outcome(label), { now, forMs: 5000 }) ?? 0;
    const oldest = issue('first', 0);
    const numbers = Array.from({ length: 16_383 }, (_, index) => issue(`${index}`, 1));
    expect(answers.leased(oldest)?.label).toBe('first');
    expect(numbers.map((number) => answers.leased(number)?.label)).toEqual(
      numbers.map((_, index) => `${index}`),
    );
    // None is forgotten while the relay may reuse it, or report that it did: no other lease is issued.
    expect([0, 4999, 6999].map((now) => issue('one more', now))).toEqual([0, 0, 0]);
    expect(answers.leased(oldest)?.label).toBe('first');
    const next = issue('one more', 7000);
    expect([answers.leased(next)?.label, answers.leased(oldest)]).toEqual(['one more', undefined]);
  });

  it('issues none for no time', () => {
    const { answers, outcome } = setUp();
    expect(answers.issueLease(outcome('expired'), { now: 0, forMs: 0 })).toBeUndefined();
  });

  it('finds nothing by another number', () => {
    const { answers, outcome } = setUp();
    const number = answers.issueLease(outcome('first'), { now: 0, forMs: 5000 }) ?? 0;
    for (const other of [0, -1, number + 1, number + 16_384, Number.NaN])
      expect(answers.leased(other)).toBeUndefined();
  });

  it.each<[string, Partial<Inputs>, number, number]>([
    ['five seconds', {}, 0, 5000],
    ['as long as the name is cached', { resolved }, 1234, 1234],
    ['five seconds for a name that is cached for longer', { resolved }, 60_000, 5000],
    ['one second with parents', { usesParents: true }, 0, 1000],
    ['no time once the name has expired, which can be between evaluation and answer', { resolved }, -0.1, 0],
  ])('lasts %s', (_, inputs, forMs, expected) => {
    const { answers, dns, names, outcome } = setUp();
    dns.forMs = forMs;
    expect(answers.leaseMs(outcome('allow', inputs), names)).toBe(expected);
  });
});

describe('AnswerCache, revision', () => {
  it('is in the file before invalidate returns', () => {
    const { answers } = setUp();
    const path = join(mkdtempSync(join(tmpdir(), 'revision-')), 'revision');
    const inFile = () => Number(readFileSync(path).readBigUInt64LE());
    answers.publish(path);
    expect(inFile()).toBe(answers.revision);
    const before = answers.revision;
    answers.invalidate();
    expect(answers.revision).toBeGreaterThan(before);
    expect(inFile()).toBe(answers.revision);
  });
});
