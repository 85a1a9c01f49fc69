import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readFacts, readPair } from './certificate.ts';
import { AUTHORITY_LIFETIME, createAuthority, issueServingCertificate, serviceNames } from './issue.ts';

const now = Date.parse('2026-01-01T00:00:00Z');

describe('createAuthority', () => {
  it('creates a P-256 CA that cannot sign another CA', async () => {
    const authority = await createAuthority({ now });
    const cert = new X509Certificate(authority.cert);
    expect(cert.ca).toBe(true);
    expect(cert.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    expect(readPair(authority)?.fingerprint256).toBe(cert.fingerprint256);
    expect(readFacts(cert).notAfter).toBe(now + AUTHORITY_LIFETIME);
  });
});

describe('issueServingCertificate', () => {
  it('is signed by the CA and valid for every name and address', async () => {
    const authority = await createAuthority({ now });
    const names = [
      ...serviceNames('kube-egress-webhook', 'kube-egress-system'),
      '10.0.0.7',
      'fd00::7',
    ] as const;
    const { cert } = await issueServingCertificate({ now, authority, names: names as never });
    const serving = new X509Certificate(cert);
    const issuer = new X509Certificate(authority.cert);
    expect(serving.checkIssued(issuer) && serving.verify(issuer.publicKey)).toBe(true);
    expect(serving.ca).toBe(false);
    for (const name of names.slice(0, 3)) expect(serving.checkHost(name)).toBe(name);
    for (const address of names.slice(3)) expect(serving.checkIP(address)).toBe(address);
  });

  it('does not outlive its CA', async () => {
    const authority = await createAuthority({ now, lifetimeMs: 60_000 });
    const { cert } = await issueServingCertificate({ now, authority, names: ['a.example'] });
    expect(readFacts(new X509Certificate(cert)).notAfter).toBe(now + 60_000);
  });
});
