import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { podClient, removeFrom, ruleSet, snapshotOf } from '../../rules/decide/rule-set-index.fixture.ts';
import { silentLog } from '../../telemetry/index.ts';
import { FakeClock } from '../../time/fake-clock.ts';
import type { ClientPod } from '../state/index.ts';
import { OpenTunnels } from './open-tunnels.ts';
import { tunnelOf } from './tunnel.fixture.ts';
import { TunnelWatch } from './tunnel-watch.ts';

const rules = ruleSet('my-app', ['h.example:443']);

function start(path: string, connected: string[] | undefined = undefined) {
  const clock = new FakeClock();
  const snapshot = snapshotOf([rules]);
  const pod = { metadata: { uid: 'u' } } as ClientPod;
  const revoked: string[] = [];
  const tunnels = new OpenTunnels();
  const watch = new TunnelWatch({
    tunnels,
    policy: snapshot,
    finder: { findNow: () => ({ kind: 'pod', client: podClient(), pod, tlsServerName: 'Ignore' }) },
    peers: async () => connected && new Set(connected),
    onRevoked: ({ id }) => revoked.push(id),
    path,
    onUnwritten: expect.fail,
    clock,
    log: silentLog,
  });
  tunnels.subscribe({ onChanged: () => watch.tunnelsChanged(), onClosed: () => watch.tunnelsChanged() });
  const ids = () => tunnels.list().map(({ id }) => id);
  return { clock, snapshot, tunnels, watch, revoked, ids };
}

const folder = () => join(mkdtempSync(join(tmpdir(), 'tunnels-')), 'open-tunnels.jsonl');

describe('TunnelWatch', () => {
  it('restores what was open, without what has ended since', async () => {
    const path = folder();
    const before = start(path);
    for (const [index, id] of ['a', 'b', 'c'].entries())
      before.tunnels.open(tunnelOf(id, { port: 4711 + index }));
    before.tunnels.close('c');
    await before.watch.flush();
    const after = start(path, ['10.0.0.7 4712']);
    await after.watch.restore();
    expect(after.ids()).toEqual(['b']);
  });

  it('restores everything if the kernel does not list connections', async () => {
    const path = folder();
    const before = start(path);
    before.tunnels.open(tunnelOf('a'));
    await before.watch.flush();
    const after = start(path);
    await after.watch.restore();
    expect(after.ids()).toEqual(['a']);
  });

  it('checks what is open when the rules change', async () => {
    const { clock, snapshot, tunnels, watch, revoked } = start(folder());
    tunnels.open(tunnelOf('a'));
    watch.policyChanged();
    await clock.advance(1000);
    expect(revoked).toEqual([]);
    removeFrom(snapshot.ruleSets, rules);
    watch.policyChanged();
    await clock.advance(1000);
    expect(tunnels.get('a')?.revoked).toBe(true);
    expect(revoked).toContain('a');
  });

  it('checks a tunnel that was allowed before a change and opens after it', async () => {
    const { clock, snapshot, tunnels, watch, revoked } = start(folder());
    removeFrom(snapshot.ruleSets, rules);
    watch.policyChanged();
    await clock.advance(5000);
    tunnels.open(tunnelOf('late'));
    await clock.advance(1000);
    expect(revoked).toContain('late');
  });

  it('drops tunnels that have ended without an audit line', async () => {
    const { clock, tunnels, watch, ids } = start(folder(), ['10.0.0.7 4712']);
    tunnels.open(tunnelOf('lost', { port: 4711 }));
    tunnels.open(tunnelOf('open', { port: 4712 }));
    const stop = new AbortController();
    void watch.run(stop.signal);
    await clock.advance(180_000);
    stop.abort();
    expect(ids()).toEqual(['open']);
  });
});
