import fc from 'fast-check';
import { applyPatch, deepClone } from 'fast-json-patch';
import { describe, expect, it } from 'vitest';
import { diffToPatch } from './json-patch.ts';

describe('diffToPatch', () => {
  const a = { name: 'a', value: '1' };
  const b = { name: 'b', value: '2' };
  const cases: { name: string; before: object; after: object; expected: object[] }[] = [
    { name: 'nothing', before: { env: [a] }, after: { env: [a] }, expected: [] },
    {
      name: 'one put in front leaves the others alone',
      before: { env: [a] },
      after: { env: [b, a] },
      expected: [{ op: 'add', path: '/env/0', value: b }],
    },
    {
      name: 'one in the middle',
      before: { env: [a, a] },
      after: { env: [a, b, a] },
      expected: [{ op: 'add', path: '/env/1', value: b }],
    },
    {
      name: 'a list that was not there',
      before: {},
      after: { env: [a] },
      expected: [{ op: 'add', path: '/env', value: [a] }],
    },
    {
      name: 'a value inside an entry, known by its name',
      before: { env: [a] },
      after: { env: [{ ...a, value: '3' }] },
      expected: [{ op: 'replace', path: '/env/0/value', value: '3' }],
    },
    {
      name: 'a key with a slash',
      before: { annotations: {} },
      after: { annotations: { 'x/y~z': '1' } },
      expected: [{ op: 'add', path: '/annotations/x~1y~0z', value: '1' }],
    },
    {
      name: 'null becomes a list',
      before: { env: null },
      after: { env: [a] },
      expected: [{ op: 'replace', path: '/env', value: [a] }],
    },
  ];
  it.each(cases)('$name', ({ before, after, expected }) => {
    expect(diffToPatch(before, after)).toEqual(expected);
  });

  // applyPatch refuses the key __proto__, which no field of Kubernetes can have.
  const json = fc.object({
    key: fc.string().filter((key) => key !== '__proto__'),
    values: [fc.string(), fc.integer(), fc.boolean(), fc.constant(null)],
  });
  it('leads from any object to any other', () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        const { newDocument } = applyPatch(deepClone(before) as object, diffToPatch(before, after));
        expect(newDocument).toEqual(after);
      }),
    );
  });
});
