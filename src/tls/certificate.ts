import { createPrivateKey, X509Certificate } from 'node:crypto';

/** A certificate and its key, both PEM. */
export interface KeyPair {
  cert: string;
  key: string;
}

/** Milliseconds by which notBefore precedes the issue of a certificate, because a client's clock may be slow. */
export const CLOCK_SKEW = 5 * 60 * 1000;

export interface CertificateFacts {
  /** Milliseconds since the epoch. */
  notBefore: number;
  /** Milliseconds since the epoch. */
  notAfter: number;
  dnsNames: readonly string[];
  fingerprint: string;
}

/** Parses the first certificate of a PEM text; undefined if there is none or it is malformed. */
export function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

export function readFacts(certificate: X509Certificate): CertificateFacts {
  return {
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    dnsNames: dnsNamesOf(certificate),
    fingerprint: certificate.fingerprint256,
  };
}

/** Parses the certificate of a pair; undefined if either part is malformed or the key is another certificate's. */
export function readPair({ cert, key }: KeyPair): X509Certificate | undefined {
  const certificate = readCertificate(cert);
  try {
    return certificate?.checkPrivateKey(createPrivateKey(key)) ? certificate : undefined;
  } catch {
    return undefined;
  }
}

/** The first certificate of a valid pair without those that follow it, and the key in the encoding that signing reads (PKCS #8). */
export function normalizePair({ cert, key }: KeyPair): KeyPair {
  return {
    cert: String(new X509Certificate(cert)),
    key: createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Splits a bundle into its certificates, one PEM text each. */
export function splitBundle(bundle: string): string[] {
  const found = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return found.map((pem) => `${pem}\n`);
}

/** Reads the DNS names of Node's subjectAltName, such as `DNS:a, DNS:b, IP Address:10.0.0.1`. */
function dnsNamesOf({ subjectAltName = '' }: X509Certificate): string[] {
  const entries = subjectAltName.split(', ');
  return entries.filter((entry) => entry.startsWith('DNS:')).map((entry) => entry.slice('DNS:'.length));
}
