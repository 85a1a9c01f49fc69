import { describe, expect, it } from 'vitest';
import type { TlsServerName } from '../../api/index.ts';
import type { EndedTunnels } from '../../rule-changes/index.ts';
import { describeEnded, noteEnded } from './index.ts';

const tunnels: EndedTunnels = {
  target: 'a.example.com:443',
  fault: 'NotTLS',
  allowed: true,
  count: 3,
  lastSeen: '2026-11-28T12:00:00.000Z',
  owners: ['Deployment/api', 'Job/copy'],
  passed: true,
};

describe('describeEnded', () => {
  it.each<[string, Partial<EndedTunnels>, string]>([
    ['allowed', {}, 'a.example.com:443 (NotTLS), 3 tunnels of Deployment/api Job/copy'],
    [
      'without a rule',
      { allowed: false },
      'a.example.com:443 (NotTLS, once a rule allows it), 3 tunnels of Deployment/api Job/copy',
    ],
    ['of pods without a workload', { owners: [], count: 1 }, 'a.example.com:443 (NotTLS), 1 tunnel'],
  ])('%s', (_, more, text) => {
    expect(describeEnded({ ...tunnels, ...more })).toBe(text);
  });
});

describe('noteEnded', () => {
  it.each<[TlsServerName | undefined, string]>([
    ['Enforce', 'tlsServerName: Enforce ends tunnels in enforce mode: a.example.com:443 '],
    ['Report', 'tlsServerName: Enforce would end tunnels, and Report lets them pass: a.example.com:443 '],
    ['Ignore', 'tlsServerName: Enforce would end tunnels, and Ignore lets them pass: a.example.com:443 '],
    [undefined, 'tlsServerName: Enforce would end tunnels: a.example.com:443 '],
  ])('with %s', (setting, text) => {
    expect(noteEnded([tunnels], setting)).toEqual([expect.stringContaining(text)]);
    expect(noteEnded([], setting)).toEqual([]);
  });
});
