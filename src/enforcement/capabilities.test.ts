import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { bypassesEnforcement, bypassingCapabilities } from './capabilities.ts';

interface Variables {
  spec: { variables: { name: string; expression: string }[] };
}

/** The expression of a variable of a guard. */
function expressionOf(guard: string, variable: string): string {
  const file = new URL(`../../manifests/base/guards/${guard}.yaml`, import.meta.url);
  const [policy] = parseAllDocuments(readFileSync(file, 'utf8')).map(
    (document) => document.toJS() as Variables,
  );
  return policy?.spec.variables.find(({ name }) => name === variable)?.expression ?? '';
}

describe('bypassingCapabilities', () => {
  it('are those that the guard denies', () => {
    expect(JSON.parse(expressionOf('capabilities', 'denied').replaceAll("'", '"'))).toEqual(
      bypassingCapabilities,
    );
  });

  it('are those that an exception may name', () => {
    const [, list = ''] = /capability=\(([^)]*)\)/.exec(expressionOf('exceptions', 'faults')) ?? [];
    expect(list.split('|')).toEqual(bypassingCapabilities);
  });
});

describe('bypassesEnforcement', () => {
  it.each([
    ['NET_ADMIN', true],
    ['cap_net_admin', true],
    ['NET_BIND_SERVICE', false],
  ])('%s: %s', (capability, expected) => {
    expect(bypassesEnforcement(capability)).toBe(expected);
  });
});
