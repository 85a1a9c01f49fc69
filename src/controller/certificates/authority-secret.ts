import type { DesiredObject } from '../../api/index.ts';
import { label, MANAGER } from '../../api/index.ts';
import type { Secret } from '../../kube/index.ts';
import type { KeyPair } from '../../tls/index.ts';
import { names } from '../names.ts';

/** An authority that is complete. */
export interface Authority {
  pair: KeyPair;
  /** What clients trust: this one first, then those that it replaces, PEM. */
  bundle: string;
}

const BUNDLE = 'ca-bundle.crt';
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

/** Undefined where something of it is missing. */
export function wholeAuthority(secret: Secret | undefined): Authority | undefined {
  const { pair, bundle } = readAuthority(secret);
  return pair && bundle !== undefined ? { pair, bundle } : undefined;
}

export function readAuthority(secret: Secret | undefined): Partial<Authority> {
  if (secret === undefined) return {};
  const [pair, bundle] = [readKeyPair(secret, 'ca.crt', 'ca.key'), readText(secret, BUNDLE)];
  return { ...(pair && { pair }), ...(bundle !== undefined && { bundle }) };
}

export function renderAuthoritySecret(namespace: string, { pair, bundle }: Authority): DesiredObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: names.authoritySecret, namespace, labels },
    type: 'Opaque',
    data: { 'ca.crt': encode(pair.cert), 'ca.key': encode(pair.key), [BUNDLE]: encode(bundle) },
  };
}

/** Of the type that everything which serves TLS knows; `ca.crt` is what its clients trust. */
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
