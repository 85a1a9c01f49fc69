import { describe, expect, it } from 'vitest';
import { evaluateFreshness } from './freshness.ts';

describe('evaluateFreshness', () => {
  const synced = { hasSynced: true, health: { ok: true } } as const;
  const away = {
    hasSynced: false,
    health: { ok: false, reason: 'Unreachable', message: 'refused' },
  } as const;
  const listing = {
    hasSynced: false,
    health: { ok: false, reason: 'Pending', message: 'not listed' },
  } as const;
  const denied = {
    hasSynced: false,
    health: { ok: false, reason: 'PermissionDenied', message: 'no' },
  } as const;
  const savedAt = '2026-01-01T00:00:00Z';
  it.each([
    ['everything listed', { a: synced, b: synced }, savedAt, 0, 'synced'],
    ['being listed', { a: synced, b: listing }, savedAt, 60_000, 'unknown'],
    ['the API server away, just now', { a: away }, savedAt, 2999, 'unknown'],
    ['the API server away for three seconds', { a: away }, savedAt, 3000, 'stale'],
    ['the API server away and no snapshot', { a: away }, undefined, 60_000, 'unknown'],
    ['not permitted', { a: synced, b: denied }, savedAt, 3000, 'stale'],
    ['not permitted and no snapshot', { a: synced, b: denied }, undefined, 60_000, 'unknown'],
    ['listed once and away since', { a: { ...away, hasSynced: true } }, savedAt, 60_000, 'synced'],
  ])('%s', (_, sources, saved, ageMs, kind) => {
    expect(evaluateFreshness({ sources, savedAt: saved, ageMs }).kind).toBe(kind);
  });
});
