import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import selfsigned from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { CLOCK_SKEW, type KeyPair } from './certificate.ts';
import { AUTHORITY_LIFETIME, createAuthority, issueServingCertificate, SERVING_LIFETIME } from './issue.ts';
import { findIssuerFault, PROPAGATION, planRotation, type SecretState } from './rotation.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const names = ['kube-egress-webhook.kube-egress-system.svc'] as const;
const HOUR = 3_600_000;

let authority: KeyPair;
let serving: KeyPair;
let settled: SecretState;
/** A CA as cert-manager makes it by default. */
let rsa: KeyPair;

beforeAll(async () => {
  authority = await createAuthority({ now: start });
  serving = await issueServingCertificate({ now: start, authority, names: [...names] });
  settled = { authority, bundle: authority.cert, serving, names };
  const made = await selfsigned.generate([{ name: 'commonName', value: 'rsa' }], {
    keyType: 'rsa',
    notBeforeDate: new Date(start),
    notAfterDate: new Date(start + AUTHORITY_LIFETIME),
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
  });
  rsa = { cert: made.cert, key: made.private };
});

/** Applies the next step of a plan, as the controller does. */
async function applyNextStep(state: SecretState, now: number): Promise<SecretState> {
  const plan = planRotation(state, now);
  switch (plan.action) {
    case 'keep':
      return state;
    case 'rotate-authority': {
      const made = await createAuthority({ now });
      return { ...state, authority: made, bundle: made.cert + plan.trusted };
    }
    case 'adopt-authority':
      return { ...state, authority: plan.pair, bundle: plan.pair.cert + plan.trusted, adoptedAt: now };
    case 'trust':
      return { ...state, bundle: plan.bundle };
    case 'issue': {
      if (state.authority === undefined) throw new Error('issue without an authority');
      return {
        ...state,
        serving: await issueServingCertificate({ now, authority: state.authority, names: [...names] }),
      };
    }
  }
}

async function settle(state: SecretState, now: number): Promise<SecretState> {
  const next = await applyNextStep(state, now);
  return next === state ? state : settle(next, now);
}

function trusts(bundle: string | undefined, { cert }: KeyPair): boolean {
  const serving = new X509Certificate(cert);
  const authorities = (bundle ?? '').match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n?/g) ?? [];
  return authorities.some((pem) => serving.verify(new X509Certificate(pem).publicKey));
}

describe('planRotation', () => {
  it('creates a CA, then issues a serving certificate, then keeps both', async () => {
    const empty: SecretState = { authority: undefined, bundle: undefined, serving: undefined, names };
    expect(planRotation(empty, start).action).toBe('rotate-authority');
    const first = await applyNextStep(empty, start);
    expect(planRotation(first, start).action).toBe('issue');
    expect(planRotation(await applyNextStep(first, start), start).action).toBe('keep');
  });

  it('plans again after two thirds of the serving certificate’s lifetime', () => {
    const plan = planRotation(settled, start);
    expect(plan.action).toBe('keep');
    const nextAt = plan.action === 'keep' ? plan.nextAt : 0;
    expect(Math.abs(nextAt - (start + (SERVING_LIFETIME * 2) / 3))).toBeLessThan(HOUR);
    expect(planRotation(settled, nextAt - 1).action).toBe('keep');
    expect(planRotation(settled, nextAt)).toMatchObject({
      action: 'issue',
      why: 'two thirds of its lifetime are over',
    });
  });

  const faults: { name: string; state: () => Partial<SecretState>; action: string }[] = [
    { name: 'no serving pair', state: () => ({ serving: undefined }), action: 'issue' },
    {
      name: 'a key of another pair',
      state: () => ({ serving: { cert: serving.cert, key: authority.key } }),
      action: 'issue',
    },
    { name: 'garbage', state: () => ({ serving: { cert: 'x', key: 'y' } }), action: 'issue' },
    { name: 'another name', state: () => ({ names: ['other.svc'] }), action: 'issue' },
    {
      name: 'a CA certificate that is not a CA',
      state: () => ({ authority: serving }),
      action: 'rotate-authority',
    },
    {
      name: 'a CA without its key',
      state: () => ({ authority: { cert: authority.cert, key: '' } }),
      action: 'rotate-authority',
    },
    { name: 'an empty bundle', state: () => ({ bundle: '' }), action: 'trust' },
    { name: 'a bundle with garbage', state: () => ({ bundle: `${authority.cert}junk` }), action: 'trust' },
  ];
  it.each(faults)('repairs $name', ({ state, action }) => {
    expect(planRotation({ ...settled, ...state() }, start).action).toBe(action);
  });

  it('trusts a new CA before it signs, and the old one until it expires', async () => {
    const due = start + (AUTHORITY_LIFETIME * 2) / 3;
    // Renewed by the old authority shortly before.
    const fresh = await settle(settled, due - HOUR);
    const rotated = await applyNextStep(fresh, due);
    expect(rotated.authority).not.toEqual(fresh.authority);
    expect(planRotation(rotated, due)).toMatchObject({ action: 'keep' });
    expect(trusts(rotated.bundle, fresh.serving as KeyPair)).toBe(true);

    const resigned = await settle(rotated, due + PROPAGATION);
    expect(resigned.serving).not.toEqual(rotated.serving);
    expect(trusts(rotated.bundle, resigned.serving as KeyPair)).toBe(true);

    const later = await settle(resigned, start + AUTHORITY_LIFETIME);
    expect(later.bundle).toBe(later.authority?.cert);
  });

  it('never leaves a client without a way to verify, over three years of weekly plans', async () => {
    let state = await settle({ authority: undefined, bundle: undefined, serving: undefined, names }, start);
    for (let now = start; now < start + 3 * AUTHORITY_LIFETIME; now += 7 * 24 * HOUR) {
      const before = state;
      state = await settle(state, now);
      const served = state.serving as KeyPair;
      expect(trusts(before.bundle, served)).toBe(true);
      expect(trusts(state.bundle, before.serving as KeyPair)).toBe(true);
      expect(new X509Certificate(served.cert).validToDate.getTime()).toBeGreaterThan(now);
    }
  });
});

describe('planRotation with a CA from outside', () => {
  const hour = 60 * 60 * 1000;

  it.each([
    ['a day ago', 24 * hour],
    // The issuer does not backdate what it signs, as cert-manager does not.
    ['now', -CLOCK_SKEW],
  ])(
    'trusts a CA that is valid since %s for five minutes before it signs, and the former one on',
    async (_, age) => {
      const issuer = await createAuthority({ now: start - age });
      const adopted = await settle({ ...settled, issuer }, start);
      expect(adopted.authority).toEqual(issuer);
      expect(trusts(adopted.bundle, serving)).toBe(true);
      expect(adopted.serving).toEqual(serving);
      expect((await settle(adopted, start + PROPAGATION - 1)).serving).toEqual(serving);
      const signed = await settle(adopted, start + PROPAGATION);
      expect(trusts(issuer.cert, signed.serving ?? serving)).toBe(true);
      expect(trusts(signed.bundle, serving)).toBe(true);
    },
  );

  it('signs with it immediately where nothing is served yet', async () => {
    const issuer = await createAuthority({ now: start });
    const first = await settle(
      { authority: undefined, bundle: undefined, serving: undefined, names, issuer },
      start,
    );
    expect(first.authority).toEqual(issuer);
    expect(trusts(issuer.cert, first.serving ?? serving)).toBe(true);
  });

  it('leaves its renewal to the outside, until it expires', async () => {
    const issuer = await createAuthority({ now: start, lifetimeMs: 9 * hour });
    const adopted = await settle({ ...settled, issuer }, start + PROPAGATION);
    const late = await settle(adopted, start + 8 * hour);
    expect(late.authority).toEqual(issuer);
    const ended = await settle(late, start + 9 * hour);
    expect(ended.authority).not.toEqual(issuer);
    expect(trusts(ended.bundle, ended.serving ?? serving)).toBe(true);
  });

  it('becomes one of our own when the outside has none any more', async () => {
    const issuer = await createAuthority({ now: start });
    const adopted = await settle({ ...settled, issuer }, start);
    const alone = await settle({ ...adopted, issuer: undefined }, start + AUTHORITY_LIFETIME * 0.7);
    expect(alone.authority).not.toEqual(issuer);
  });

  it.each([
    ['a serving pair', () => serving, 'isCA'],
    ['a key of another', () => ({ cert: authority.cert, key: serving.key }), 'no pair'],
    ['no certificate', () => ({ cert: '', key: authority.key }), 'no pair'],
    ['an RSA key', () => rsa, 'ECDSA'],
  ])('does not take %s, and says why', (_, issuer, fault) => {
    expect(findIssuerFault(issuer(), start)).toContain(fault);
    expect(planRotation({ ...settled, issuer: issuer() }, start).action).toBe('keep');
  });

  it('does not take one that is not valid now', () => {
    expect(findIssuerFault(authority, start)).toBeUndefined();
    expect(findIssuerFault(authority, start + AUTHORITY_LIFETIME)).toContain('expired');
    expect(findIssuerFault(authority, start - hour)).toContain('valid only from');
  });

  it('never serves what the bundle of five minutes ago does not trust, whenever issuers come and go', async () => {
    const issuers = await Promise.all(
      [0, 1, 2].map((index) => createAuthority({ now: start + index * hour, lifetimeMs: 30 * 24 * hour })),
    );
    const step = fc.record({
      after: fc.integer({ min: 0, max: 48 * hour }),
      issuer: fc.constantFrom(undefined, ...issuers),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        let now = start + 3 * hour;
        let state = await settle(settled, now);
        for (const { after, issuer } of steps) {
          const before = state.bundle;
          const changed = await settle({ ...state, issuer }, now);
          // Who has the bundle of before, or the new one, can verify what is served now.
          if (changed.serving !== state.serving || changed.bundle !== before)
            expect(trusts(before, changed.serving ?? serving)).toBe(true);
          expect(trusts(changed.bundle, changed.serving ?? serving)).toBe(true);
          now += after;
          state = await settle(changed, now);
        }
      }),
      { numRuns: 30 },
    );
  });
});
