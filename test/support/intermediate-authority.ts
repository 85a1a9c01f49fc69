import { createPrivateKey } from 'node:crypto';
import selfsigned from 'selfsigned';
import { AUTHORITY_LIFETIME, createAuthority, type KeyPair } from '../../src/tls/index.ts';

/**
 * A CA that another one has signed, as an issuer of cert-manager makes it: with the key in the encoding that is its
 * default (SEC 1).
 */
export async function makeIntermediate(lifetimeMs = AUTHORITY_LIFETIME): Promise<KeyPair> {
  const now = Date.now();
  const root = await createRoot(now, lifetimeMs);
  const made = await selfsigned.generate([{ name: 'commonName', value: `issuer ${now}` }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 1_000),
    notAfterDate: new Date(now + lifetimeMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
    ca: root,
  });
  const key = createPrivateKey(made.private).export({ type: 'sec1', format: 'pem' }).toString();
  return { cert: `${made.cert.replaceAll('\r', '')}\n`, key };
}

const createRoot = (now: number, lifetimeMs: number) => createAuthority({ now, lifetimeMs: 2 * lifetimeMs });
