import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { CLOCK_SKEW, factsOf, type KeyPair, readCertificate } from './certificate.ts';

const DAY = 24 * 60 * 60 * 1000;
/** Milliseconds. */
export const AUTHORITY_LIFE = 365 * DAY;
/** Milliseconds. */
export const SERVING_LIFE = 90 * DAY;

export interface IssueOptions {
  /** Milliseconds since the epoch. */
  now: number;
  /** Milliseconds that the certificate is valid for. */
  lifeMs?: number;
}

export interface ServingOptions extends IssueOptions {
  authority: KeyPair;
  /** DNS names and IP addresses; the first one is the common name. */
  names: readonly [string, ...string[]];
}

/** The names under which a Service is reached from inside the cluster. */
export function serviceNames(
  service: string,
  namespace: string,
  clusterDomain = 'cluster.local',
): [string, ...string[]] {
  const name = `${service}.${namespace}.svc`;
  return [name, `${name}.${clusterDomain}`, `${service}.${namespace}`];
}

/** A self-signed authority, EC P-256, that may sign serving certificates and no further authority. */
export function createAuthority({ now, lifeMs = AUTHORITY_LIFE }: IssueOptions): Promise<KeyPair> {
  // A name of its own for each: OpenSSL chooses an issuer by its name.
  const commonName = `kube-egress-ca-${new Date(now).toISOString().replaceAll(/\D/g, '').slice(0, 14)}`;
  return generate(commonName, { now, lifeMs }, [
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ]);
}

/** A serving pair, EC P-256, signed by the authority. */
export function issueServingCertificate(options: ServingOptions): Promise<KeyPair> {
  const { now, lifeMs = SERVING_LIFE, names, authority } = options;
  // RFC 5280 limits a common name to 64 characters; clients read the alternative names alone.
  const commonName = names[0].slice(0, 64);
  const extensions: Extension[] = [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: names.map(alternativeName) },
  ];
  const issuer = readCertificate(authority.cert);
  if (issuer === undefined) throw new TypeError('the authority has no certificate that can be read');
  // No certificate outlives the one that vouches for it.
  const left = factsOf(issuer).notAfter - now;
  return generate(commonName, { now, lifeMs: Math.min(lifeMs, left) }, extensions, authority);
}

type Selfsigned = typeof import('selfsigned');
type Extension = NonNullable<NonNullable<Parameters<Selfsigned['generate']>[1]>['extensions']>[number];

function alternativeName(name: string) {
  return isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name };
}

async function generate(
  commonName: string,
  { now, lifeMs }: Required<IssueOptions>,
  extensions: Extension[],
  ca?: KeyPair,
): Promise<KeyPair> {
  // Loaded when it is needed: parts that only read certificates start 0.1 s sooner.
  // It is CommonJS: only its default export is there both in Node and in the bundle.
  const { default: selfsigned } = (await import('selfsigned')) as unknown as { default: Selfsigned };
  const made = await selfsigned.generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - CLOCK_SKEW),
    notAfterDate: new Date(now + lifeMs),
    extensions,
    ...(ca && { ca }),
  });
  // selfsigned ends lines with CR LF and the last one not at all.
  return {
    cert: String(new X509Certificate(made.cert)),
    key: `${made.private.replaceAll('\r', '').trimEnd()}\n`,
  };
}
