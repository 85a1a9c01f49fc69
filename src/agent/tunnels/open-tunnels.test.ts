import { describe, expect, it } from 'vitest';
import { OpenTunnels } from './open-tunnels.ts';
import type { Tunnel } from './tunnel.ts';

function tunnel(id: string, port = 4711): Tunnel {
  return {
    id,
    client: { address: '10.0.0.7', port },
    podUid: 'u',
    request: { method: 'CONNECT', host: 'h.example', port: 443, scheme: undefined },
    addresses: undefined,
    known: {
      id,
      time: '2026-11-21T10:00:00.000Z',
      target: 'h.example:443',
      verdict: 'allow',
      bytesReceived: 0,
      bytesSent: 0,
      durationMs: 0,
    },
    revoked: false,
  };
}

function open(capacity?: number) {
  const told: string[] = [];
  const tunnels = new OpenTunnels({
    onTold: ({ id, revoked }) => told.push(revoked ? `${id} revoked` : id),
    onGone: (id) => told.push(`${id} gone`),
    ...(capacity !== undefined && { capacity }),
  });
  return { tunnels, told };
}

describe('OpenTunnels', () => {
  it('holds a tunnel until it is closed', () => {
    const { tunnels, told } = open();
    tunnels.open(tunnel('a'));
    tunnels.open(tunnel('b', 4712));
    expect(tunnels.close('a')?.id).toBe('a');
    expect(tunnels.close('a')).toBeUndefined();
    expect(tunnels.list().map(({ id }) => id)).toEqual(['b']);
    expect(told).toEqual(['a', 'b', 'a gone']);
  });

  it("takes a client's port that is used again for the end of what it carried before", () => {
    const { tunnels } = open();
    tunnels.open(tunnel('a'));
    tunnels.open(tunnel('b'));
    expect(tunnels.list().map(({ id }) => id)).toEqual(['b']);
    // The line of the first comes late.
    tunnels.close('a');
    expect(tunnels.size).toBe(1);
  });

  it('drops the oldest where there are too many', () => {
    const { tunnels } = open(2);
    for (const [index, id] of ['a', 'b', 'c'].entries()) tunnels.open(tunnel(id, index));
    expect(tunnels.list().map(({ id }) => id)).toEqual(['b', 'c']);
  });

  it('tells when a tunnel is revoked, and only when that changes', () => {
    const { tunnels, told } = open();
    tunnels.open(tunnel('a'));
    tunnels.setRevoked('a', false);
    tunnels.setRevoked('a', true);
    tunnels.setRevoked('a', true);
    tunnels.setRevoked('a', false);
    expect(told).toEqual(['a', 'a revoked', 'a']);
  });
});
