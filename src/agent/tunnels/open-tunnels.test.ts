import { describe, expect, it } from 'vitest';
import { OpenTunnels } from './open-tunnels.ts';
import { tunnelOf } from './tunnel.fixture.ts';

function open(capacity?: number) {
  const notified: string[] = [];
  const tunnels = new OpenTunnels(capacity === undefined ? {} : { capacity });
  tunnels.subscribe({
    onChanged: ({ id, revoked }) => notified.push(revoked ? `${id} revoked` : id),
    onClosed: (id) => notified.push(`${id} closed`),
  });
  return { tunnels, notified };
}

describe('OpenTunnels', () => {
  it('holds a tunnel until it is closed', () => {
    const { tunnels, notified } = open();
    tunnels.open(tunnelOf('a'));
    tunnels.open(tunnelOf('b', { port: 4712 }));
    expect(tunnels.close('a')?.id).toBe('a');
    expect(tunnels.close('a')).toBeUndefined();
    expect(tunnels.list().map(({ id }) => id)).toEqual(['b']);
    expect(notified).toEqual(['a', 'b', 'a closed']);
  });

  it("takes a client's port that is used again for the end of what it carried before", () => {
    const { tunnels } = open();
    tunnels.open(tunnelOf('a'));
    tunnels.open(tunnelOf('b'));
    expect(tunnels.list().map(({ id }) => id)).toEqual(['b']);
    // The audit line of the first tunnel arrives late.
    tunnels.close('a');
    expect(tunnels.size).toBe(1);
  });

  it('opens none that has ended already', () => {
    const { tunnels, notified } = open(2);
    for (const id of ['a', 'b', 'c']) tunnels.end(id);
    for (const id of ['b', 'c']) tunnels.openUnlessEnded(id, () => tunnelOf(id));
    expect([tunnels.size, notified]).toEqual([0, []]);
    // `a` ended too long ago to be remembered; `b` has been reported already.
    tunnels.openUnlessEnded('a', () => tunnelOf('a'));
    tunnels.openUnlessEnded('b', () => tunnelOf('b', { port: 4712 }));
    expect(tunnels.list().map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('drops the oldest where there are too many', () => {
    const { tunnels } = open(2);
    for (const [index, id] of ['a', 'b', 'c'].entries()) tunnels.open(tunnelOf(id, { port: index }));
    expect(tunnels.list().map(({ id }) => id)).toEqual(['b', 'c']);
  });

  it('notifies when a tunnel is revoked, and only when that changes', () => {
    const { tunnels, notified } = open();
    tunnels.open(tunnelOf('a'));
    tunnels.setRevoked('a', false);
    tunnels.setRevoked('a', true);
    tunnels.setRevoked('a', true);
    tunnels.setRevoked('a', false);
    expect(notified).toEqual(['a', 'a revoked', 'a']);
  });
});
