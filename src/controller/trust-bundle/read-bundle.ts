import { createHash, X509Certificate } from 'node:crypto';
import type { EgressProxySpec } from '../../api/index.ts';
import { trustFile } from '../../injection/index.ts';
import type { TrustBundle } from '../state/trust-bundles.ts';

export type BundleReading = { ok: true; bundle: TrustBundle } | { ok: false; message: string };

type Spec = NonNullable<EgressProxySpec['trustBundle']>;

const DEFAULT_KEY = 'ca.crt';
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** Bytes. A ConfigMap is limited to 1 MiB, and the public roots take a quarter of it. */
const LIMIT = 512 * 1024;

/**
 * The trust bundle of a proxy, from the data of the ConfigMap that it names. `data` is undefined if the ConfigMap does
 * not exist. Text between the certificates is removed, since some programs cannot read comments.
 */
export function readTrustBundle(
  { configMapRef, publicRoots = 'Include' }: Spec,
  data: Readonly<Record<string, string>> | undefined,
  roots: readonly string[],
): BundleReading {
  const { name, key = DEFAULT_KEY } = configMapRef;
  if (data === undefined)
    return fault(
      `ConfigMap ${name} does not exist in the namespace of the EgressProxy: create it, or correct spec.trustBundle.configMapRef`,
    );
  const text = data[key];
  if (text === undefined)
    return fault(`ConfigMap ${name} has no key ${key}: add it, or name another one in configMapRef.key`);
  if (text.includes('PRIVATE KEY-----')) {
    return fault(
      `key ${key} of ConfigMap ${name} contains a private key, which pods must not get: remove it`,
    );
  }
  const given = text.match(CERTIFICATE) ?? [];
  if (given.length === 0)
    return fault(
      `key ${key} of ConfigMap ${name} contains no certificate in PEM format (-----BEGIN CERTIFICATE-----)`,
    );
  const unreadable = given.findIndex((pem) => !isCertificate(pem));
  if (unreadable >= 0)
    return fault(`certificate ${unreadable + 1} in key ${key} of ConfigMap ${name} is not valid: replace it`);
  const added = joined(given);
  if (added.length > LIMIT)
    return fault(
      `key ${key} of ConfigMap ${name} is larger than ${LIMIT / 1024} KiB: leave out what pods need not trust`,
    );
  const bundle = publicRoots === 'Include' ? added + joined(roots) : added;
  const files = { [trustFile.added]: added, [trustFile.bundle]: bundle };
  return { ok: true, bundle: { files, hash: hashFiles(files), authorities: given.length } };
}

const fault = (message: string): BundleReading => ({ ok: false, message });

const joined = (certificates: readonly string[]): string =>
  certificates.map((pem) => `${pem.trim()}\n`).join('');

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

/** SHA-256 of the data of a ConfigMap, independent of the order of its keys. */
export function hashFiles(files: Readonly<Record<string, string>> | undefined): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(files ?? {}).sort()) hash.update(`${name}\0${files?.[name]}\0`);
  return hash.digest('hex');
}
