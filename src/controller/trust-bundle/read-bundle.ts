import { X509Certificate } from 'node:crypto';
import type { EgressProxySpec } from '../../api/index.ts';
import { trustFile } from '../../injection/index.ts';
import { hashFiles } from '../hash-files.ts';

/** What the pods of a proxy's namespaces are to trust. */
export interface TrustBundle {
  /** By the names of the copies' keys. */
  files: Record<string, string>;
  /** SHA-256 of the files. */
  hash: string;
  /** How many certificates the operator gave. */
  authorities: number;
}

export type BundleReading = { ok: true; bundle: TrustBundle } | { ok: false; message: string };

type Spec = NonNullable<EgressProxySpec['trustBundle']>;

const DEFAULT_KEY = 'ca.crt';
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** Bytes. A ConfigMap holds 1 MiB; the public roots take a quarter of it. */
const LIMIT = 512 * 1024;

/**
 * The trust bundle of a proxy out of the data of the ConfigMap that it names; undefined where there is none. What
 * stands between the certificates is left out: some programs read no comments.
 */
export function readTrustBundle(
  { configMapRef, publicRoots = 'Include' }: Spec,
  data: Readonly<Record<string, string>> | undefined,
  roots: readonly string[],
): BundleReading {
  const { name, key = DEFAULT_KEY } = configMapRef;
  if (data === undefined) return fault(`there is no ConfigMap ${name} in the namespace of the EgressProxy`);
  const text = data[key];
  if (text === undefined) return fault(`the ConfigMap ${name} has no key ${key}`);
  if (text.includes('PRIVATE KEY-----')) {
    return fault(`${name}/${key} holds a private key, which pods must not get: take it out`);
  }
  const given = text.match(CERTIFICATE) ?? [];
  if (given.length === 0) return fault(`${name}/${key} holds no certificate (PEM)`);
  const unreadable = given.findIndex((pem) => !isCertificate(pem));
  if (unreadable >= 0) return fault(`certificate ${unreadable + 1} of ${name}/${key} cannot be read`);
  const added = joined(given);
  if (added.length > LIMIT) return fault(`${name}/${key} is larger than ${LIMIT / 1024} KiB`);
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
