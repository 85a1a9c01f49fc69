import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { bypassesEnforcement, bypassingCapabilities } from './capabilities.ts';

const manifest = new URL('../../manifests/base/guards/capabilities.yaml', import.meta.url).pathname;
const [policy] = parseAllDocuments(readFileSync(manifest, 'utf8')).map((document) => document.toJS());
const [{ expression, messageExpression }] = policy.spec.validations;

describe('bypassingCapabilities', () => {
  it('are those of the guard', () => {
    const [, list = ''] = /in \[([^\]]*)\]/.exec(expression.replaceAll(/\s+/g, ' ')) ?? [];
    expect(list.split(',').map((name) => name.trim().replaceAll("'", ''))).toEqual(bypassingCapabilities);
  });

  it("are those of the guard's message", () => {
    const named = `${bypassingCapabilities.slice(0, -1).join(', ')} and ${bypassingCapabilities.at(-1)}`;
    expect(messageExpression.replaceAll(/\s+/g, ' ')).toContain(named);
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
