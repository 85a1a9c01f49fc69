import { describe, expect, it } from 'vitest';
import type { ServedNamespace } from '../../injection/index.ts';
import { FormerClients } from './former-clients.ts';

const OWN = 'egress-proxy.squid';
const OTHER = 'intra-proxy.squid-proxy';
const served = { kind: 'served' } as ServedNamespace;
const notServed = { kind: 'notServed' } as ServedNamespace;

function moved(): FormerClients {
  const clients = new FormerClients(OWN);
  clients.update('api', served, OWN, () => []);
  clients.update('api', served, OTHER, () => ['old']);
  return clients;
}

describe('FormerClients', () => {
  it('are the pods that existed when their namespace moved', () => {
    expect(moved().has('api', 'old')).toBe(true);
    expect(moved().has('api', 'new')).toBe(false);
    expect(moved().has('other', 'old')).toBe(false);
    expect(['api', 'other'].map((namespace) => moved().hasAny(namespace))).toEqual([true, false]);
  });
  it('stay when something else of the namespace changes', () => {
    const clients = moved();
    clients.update('api', served, OTHER, () => ['old', 'new']);
    expect(clients.has('api', 'new')).toBe(false);
    expect(clients.has('api', 'old')).toBe(true);
  });
  it('end when the namespace comes back, opts out or is deleted', () => {
    for (const [state, by] of [
      [served, OWN],
      [notServed, undefined],
      [undefined, undefined],
    ] as const) {
      const clients = moved();
      clients.update('api', state, by, () => []);
      expect(clients.has('api', 'old')).toBe(false);
    }
  });
  it('do not exist for a namespace that was never served here', () => {
    const clients = new FormerClients(OWN);
    clients.update('api', served, OTHER, () => ['old']);
    expect(clients.has('api', 'old')).toBe(false);
  });
});
