import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { API_VERSION, decisionReasons } from '../../../api/index.ts';
import { validateEgressRuleSet } from '../../../rules/index.ts';
import type { DashboardFlow } from '../../wire.ts';
import { type FlowFilter, formatFilter, matches, outcomeOf, outcomes, parseFilter } from './flow-filter.ts';
import { mergeFlows } from './flow-list.ts';
import { hostOf, mapLinks, NO_NAMESPACE, OTHERS, OTHERS_REFUSED, REFUSED_DESTINATIONS } from './flow-map.ts';
import { LONGEST_PASTED, readPasted } from './read-pasted.ts';
import { explain } from './reasons.ts';
import { ruleSetYaml } from './rule-set-yaml.ts';

function flow(more: Partial<DashboardFlow> = {}): DashboardFlow {
  return {
    key: 'k',
    agent: 'egress-proxy/squid-1',
    state: 'closed',
    time: '2026-01-01T00:00:00.000Z',
    namespace: 'shop',
    pod: 'api-7d9f',
    target: 'api.example.com:443',
    verdict: 'allow',
    bytesReceived: 0,
    bytesSent: 0,
    durationMs: 1,
    ...more,
  };
}

describe('matches', () => {
  it.each<[string, Partial<DashboardFlow>, FlowFilter, boolean]>([
    ['an empty filter', {}, {}, true],
    ['the namespace, whole', {}, { namespace: 'shop' }, true],
    ['a part of the namespace', {}, { namespace: 'sho' }, false],
    ['a part of the pod', {}, { pod: 'API' }, true],
    ['a part of the target', {}, { target: 'example' }, true],
    ['another target', {}, { target: 'example.org' }, false],
    ['refused', { verdict: 'deny' }, { outcome: 'refused' }, true],
    ['refused is not allowed', { verdict: 'deny' }, { outcome: 'allowed' }, false],
    ['what enforce mode would refuse', { wouldDeny: true }, { outcome: 'observed' }, true],
    ['what enforce mode would refuse is not allowed', { wouldDeny: true }, { outcome: 'allowed' }, false],
    ['an open tunnel', { state: 'open' }, { outcome: 'open' }, true],
    [
      'an open tunnel that enforce mode would refuse',
      { state: 'open', wouldDeny: true },
      { outcome: 'open' },
      true,
    ],
    ['one of several', {}, { namespace: 'shop', pod: 'web' }, false],
  ])('%s', (_, more, filter, expected) => {
    expect(matches({ ...flow(), ...more }, filter)).toBe(expected);
  });
});

it('matches a client that is not a pod by its address', () => {
  const { pod: _, ...node } = flow({ client: '198.18.0.10' });
  expect(matches(node, { pod: '198.18' })).toBe(true);
});

describe('parseFilter', () => {
  it('parses what formatFilter writes', () => {
    const text = fc.option(
      fc.string({ minLength: 1 }).map((value) => `x${value}x`),
      { nil: undefined },
    );
    const filter = fc.record({
      namespace: text,
      pod: text,
      target: text,
      outcome: fc.constantFrom(...outcomes, undefined),
    });
    fc.assert(
      fc.property(filter, (given) => {
        const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
        expect(parseFilter(new URLSearchParams(formatFilter(given as FlowFilter).toString()))).toEqual(
          present,
        );
      }),
    );
  });
  it('ignores an unknown outcome', () => {
    expect(parseFilter(new URLSearchParams('outcome=everything&pod=+'))).toEqual({});
  });
});

describe('mergeFlows', () => {
  const [a, b] = [flow({ key: 'a', state: 'open' }), flow({ key: 'b' })];
  it('puts the newest first', () => {
    expect(mergeFlows([a], { flows: [b], reset: false })).toEqual([b, a]);
  });
  it('sorts by time, whichever agent answered first', () => {
    const [late, early] = [flow({ key: 'late', time: '2026-01-01T00:00:01.000Z' }), flow({ key: 'early' })];
    expect(mergeFlows([late], { flows: [early], reset: false })).toEqual([late, early]);
  });
  it('replaces an open tunnel by its end', () => {
    const ended = flow({ key: 'a' });
    expect(mergeFlows([b, a], { flows: [ended], reset: false })).toEqual([ended, b]);
  });
  it('drops the old flows after a restart of the dashboard', () => {
    expect(mergeFlows([a], { flows: [b], reset: true })).toEqual([b]);
  });
  it('drops the oldest at its capacity', () => {
    expect(mergeFlows([a], { flows: [b], reset: false }, 1)).toEqual([b]);
  });
  it('returns the same list if nothing is new, so that nothing is rendered again', () => {
    const list = [a];
    expect(mergeFlows(list, { flows: [], reset: false })).toBe(list);
  });
});

describe('ruleSetYaml', () => {
  it('refers to target groups, also without a target', () => {
    const read = (targets: string[]) =>
      parse(ruleSetYaml('shop', targets, 'suggested', ['npm', 'pypi'])).spec;
    expect(read([])).toEqual({ targetGroups: ['npm', 'pypi'], targets: [] });
    expect(read(['a.example.com:443'])).toEqual({
      targetGroups: ['npm', 'pypi'],
      targets: ['a.example.com:443'],
    });
  });

  it('is a rule set that the webhook accepts', () => {
    expect(ruleSetYaml('shop', ['partner.example.com:443'])).toBe(`apiVersion: zalando.org/v1
kind: EgressRuleSet
metadata:
  name: allow-partner-example-com-443
  namespace: "shop"
spec:
  targets:
  - "partner.example.com:443"
`);
  });
  it.each([
    ['api.example.com:443'],
    ['192.0.2.7:443'],
    ['[2001:db8::1]:8443'],
    ['xn--bcher-kva.example:80'],
    [`${'a'.repeat(63)}.${'b'.repeat(63)}.example.com:443`],
    ['_dmarc.example.com:443'],
    ['b.example.com:443', 'a.example.com:443', 'a.example.com:443'],
  ])('passes our own validation: %s', (...targets) => {
    const object = parse(ruleSetYaml('shop', targets)) as {
      apiVersion: string;
      metadata: { name: string };
      spec: { targets: string[] };
    };
    expect(validateEgressRuleSet(object).faults).toEqual([]);
    expect(object.apiVersion).toBe(API_VERSION);
    expect(object.metadata.name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
    expect(object.spec.targets).toEqual([...new Set(targets)].sort());
  });
  it('keeps whatever a client sent as one string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (target) => {
        const object = parse(ruleSetYaml('shop', [target])) as { spec: { targets: string[] }; kind: string };
        expect(object).toMatchObject({ kind: 'EgressRuleSet', spec: { targets: [target] } });
      }),
      { numRuns: 30 },
    );
  });
});

describe('mapLinks', () => {
  it('sums requests between the same two ends', () => {
    const flows = [flow(), flow({ target: 'api.example.com:8443' }), flow({ verdict: 'deny' })];
    expect(mapLinks(flows)).toEqual([
      { namespace: 'shop', destination: 'api.example.com', outcome: 'allowed', count: 2 },
      { namespace: 'shop', destination: 'api.example.com', outcome: 'refused', count: 1 },
    ]);
  });
  it('draws the busiest destinations, and one for the rest', () => {
    const flows = ['a', 'a', 'b', 'c'].map((name) => flow({ target: `${name}.example.com:443` }));
    expect(mapLinks(flows, 1).map(({ destination, count }) => [destination, count])).toEqual([
      ['a.example.com', 2],
      [OTHERS, 2],
    ]);
  });
  it('shows what is in use, however many names a flood invents', () => {
    const flood = Array.from({ length: 5000 }, (_, index) =>
      flow({ target: `invented-${index % 1000}.example.com:443`, verdict: 'deny' }),
    );
    const used = Array.from({ length: 12 }, (_, index) => flow({ target: `used-${index}.example.com:443` }));
    const links = mapLinks([...flood, ...used]);
    const names = links.map(({ destination }) => destination);
    expect(names.filter((name) => name.startsWith('used-'))).toHaveLength(12);
    expect(names.filter((name) => name.startsWith('invented-'))).toHaveLength(REFUSED_DESTINATIONS);
    expect(links.find(({ destination }) => destination === OTHERS_REFUSED)).toMatchObject({
      outcome: 'refused',
      count: 5000 - 5 * REFUSED_DESTINATIONS,
    });
  });
  it('has a label for clients that are not pods', () => {
    const { namespace: _, ...node } = flow();
    expect(mapLinks([node])[0]?.namespace).toBe(NO_NAMESPACE);
  });
  it.each([
    ['api.example.com:443', 'api.example.com'],
    ['[2001:db8::1]:443', '[2001:db8::1]'],
    ['odd', 'odd'],
  ])('hostOf %s', (target, host) => {
    expect(hostOf(target)).toBe(host);
  });
});

describe('explain', () => {
  it.each(decisionReasons)('explains %s in words', (reason) => {
    expect(explain(reason).why).not.toContain(reason);
  });
  it('explains a reason that is newer than the page', () => {
    expect(explain('SolarFlare').why).toContain('SolarFlare');
    expect(explain(undefined).advice).not.toBe('');
  });
});

describe('outcomeOf', () => {
  it.each<[Partial<DashboardFlow>, string]>([
    [{ verdict: 'deny' }, 'refused'],
    [{ wouldDeny: true }, 'observed'],
    [{ state: 'open' }, 'open'],
    [{}, 'allowed'],
  ])('%o', (more, outcome) => {
    expect(outcomeOf(flow(more))).toBe(outcome);
  });
});

describe('readPasted', () => {
  it.each([
    ['one document', 'a: 1', [{ a: 1 }]],
    ['several', 'a: 1\n---\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['JSON', '{"a": [1]}', [{ a: [1] }]],
    ['a List', 'kind: List\nitems: [{a: 1}, 2]', [{ a: 1 }, 2]],
  ])('reads %s', (_, text, objects) => {
    expect(readPasted(text)).toEqual({ ok: true, objects });
  });

  it.each([
    ['nothing', ' \n# a comment', 'The text is empty.'],
    ['a fault', 'a: [', 'line 1'],
    ['an asterisk that is not in quotes', 'targets:\n- *.example.com:443', 'begins with * in quotes'],
    ['too long a text', 'a'.repeat(LONGEST_PASTED + 1), 'has more than'],
    ['brackets within brackets', '['.repeat(5_000), ''],
    [
      'aliases of aliases',
      [
        'a0: &a0 [x]',
        ...Array.from(
          { length: 20 },
          (__, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}, *a${index}]`,
        ),
      ].join('\n'),
      'alias',
    ],
  ])('says what is wrong with %s', (_, text, message) => {
    const pasted = readPasted(text);
    expect(pasted.ok ? 'read' : pasted.message).toContain(message);
    expect(pasted.ok).toBe(false);
  });
});
