import { type DesiredObject, label, MANAGER } from '../../api/index.ts';
import type { Secret } from '../../kube/index.ts';
import type { KeyPair } from '../../tls/index.ts';
import { names } from '../object-names.ts';

/** The authority that signs the serving certificates. */
export interface Authority {
  pair: KeyPair;
  /** Certificates that clients trust, PEM: this authority first, then those that it replaces. */
  bundle: string;
  /** Milliseconds since the epoch when it was taken over from outside; undefined for one of our own. */
  adoptedAt?: number | undefined;
}

const BUNDLE = 'ca-bundle.crt';
const ADOPTED_AT = 'adopted-at';
const labels = { [label.managedBy]: MANAGER };
const encode = (text: string): string => Buffer.from(text).toString('base64');

export function readText(secret: Secret, key: string): string | undefined {
  const encoded = secret.data?.[key];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
}

export function readKeyPair(secret: Secret, certKey: string, keyKey: string): KeyPair | undefined {
  const [cert, key] = [readText(secret, certKey), readText(secret, keyKey)];
  return cert === undefined || key === undefined ? undefined : { cert, key };
}

/** Undefined if a part of the Secret is missing. */
export function completeAuthority(secret: Secret | undefined): Authority | undefined {
  const { pair, bundle, adoptedAt } = readAuthority(secret);
  return pair && bundle !== undefined ? { pair, bundle, adoptedAt } : undefined;
}

export function readAuthority(secret: Secret | undefined): Partial<Authority> {
  if (secret === undefined) return {};
  const [pair, bundle] = [readKeyPair(secret, 'ca.crt', 'ca.key'), readText(secret, BUNDLE)];
  const adoptedAt = readText(secret, ADOPTED_AT);
  return {
    ...(pair && { pair }),
    ...(bundle !== undefined && { bundle }),
    ...(adoptedAt !== undefined && { adoptedAt: Date.parse(adoptedAt) }),
  };
}

export function renderAuthoritySecret(
  namespace: string,
  { pair, bundle, adoptedAt }: Authority,
): DesiredObject {
  const adopted = adoptedAt === undefined ? {} : { [ADOPTED_AT]: encode(new Date(adoptedAt).toISOString()) };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: names.authoritySecret, namespace, labels },
    type: 'Opaque',
    data: { 'ca.crt': encode(pair.cert), 'ca.key': encode(pair.key), [BUNDLE]: encode(bundle), ...adopted },
  };
}

/** A Secret of the type kubernetes.io/tls; `ca.crt` has the certificates that clients trust. */
export function renderServingSecret(
  metadata: DesiredObject['metadata'],
  pair: KeyPair,
  bundle: string,
): DesiredObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...metadata, labels: { ...labels, ...metadata.labels } },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': encode(pair.cert), 'tls.key': encode(pair.key), 'ca.crt': encode(bundle) },
  };
}
