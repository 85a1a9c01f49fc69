import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CLOCK_SKEW, type KeyPair, readCertificate, readFacts } from './certificate.ts';

const DAY = 24 * 60 * 60 * 1000;
/** Milliseconds. */
export const AUTHORITY_LIFETIME = 365 * DAY;
/** Milliseconds. */
export const SERVING_LIFETIME = 90 * DAY;

export interface IssueOptions {
  /** Milliseconds since the epoch. */
  now: number;
  /** Milliseconds until the certificate expires. */
  lifetimeMs?: number;
}

export interface ServingOptions extends IssueOptions {
  authority: KeyPair;
  /** DNS names and IP addresses. The first one is the common name. */
  names: readonly [string, ...string[]];
}

/** Lists the DNS names of a Service inside the cluster. */
export function serviceNames(
  service: string,
  namespace: string,
  clusterDomain = 'cluster.local',
): [string, ...string[]] {
  const name = `${service}.${namespace}.svc`;
  return [name, `${name}.${clusterDomain}`, `${service}.${namespace}`];
}

/** Creates a self-signed CA, EC P-256, that may sign serving certificates but no other CA. */
export function createAuthority({ now, lifetimeMs = AUTHORITY_LIFETIME }: IssueOptions): Promise<KeyPair> {
  // The name is unique, because OpenSSL finds an issuer by its name.
  const commonName = `kube-egress-ca-${new Date(now).toISOString().replaceAll(/\D/g, '').slice(0, 14)}`;
  return generate(commonName, { now, lifetimeMs }, [
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ]);
}

/** Issues a serving certificate, EC P-256, signed by the CA. It never outlives the CA. */
export function issueServingCertificate(options: ServingOptions): Promise<KeyPair> {
  const { now, lifetimeMs = SERVING_LIFETIME, names, authority } = options;
  // RFC 5280 limits a common name to 64 characters; clients read only the alternative names.
  const commonName = names[0].slice(0, 64);
  const extensions: Extension[] = [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: names.map(alternativeName) },
  ];
  const issuer = readCertificate(authority.cert);
  if (issuer === undefined) throw new TypeError('the certificate of the CA is malformed');
  const left = readFacts(issuer).notAfter - now;
  return generate(commonName, { now, lifetimeMs: Math.min(lifetimeMs, left) }, extensions, authority);
}

type Selfsigned = typeof import('selfsigned');
type Extension = NonNullable<NonNullable<Parameters<Selfsigned['generate']>[1]>['extensions']>[number];

function alternativeName(name: string) {
  return isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name };
}

async function generate(
  commonName: string,
  { now, lifetimeMs }: Required<IssueOptions>,
  extensions: Extension[],
  ca?: KeyPair,
): Promise<KeyPair> {
  // Loaded on demand: components that only read certificates start 0.1 s faster.
  // The module is CommonJS: only its default export exists both in Node and in the bundle.
  const { default: selfsigned } = (await import('selfsigned')) as unknown as { default: Selfsigned };
  // To load it takes a turn of the event loop of its own.
  await nextTurn();
  const made = await selfsigned.generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - CLOCK_SKEW),
    notAfterDate: new Date(now + lifetimeMs),
    extensions,
    ...(ca && { ca }),
  });
  // selfsigned writes CR LF, and no line end after the last line.
  return {
    cert: String(new X509Certificate(made.cert)),
    key: `${made.private.replaceAll('\r', '').trimEnd()}\n`,
  };
}
