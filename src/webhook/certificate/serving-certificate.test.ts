import { beforeAll, describe, expect, it } from 'vitest';
import { FakeReflector } from '../../cluster/fake-reflector.ts';
import type { Secret } from '../../kube/index.ts';
import { silentLog } from '../../telemetry/index.ts';
import { createAuthority, type KeyPair } from '../../tls/index.ts';
import { ServingCertificate } from './serving-certificate.ts';

let first: KeyPair;
let second: KeyPair;
beforeAll(async () => {
  first = await createAuthority({ now: Date.now() });
  second = await createAuthority({ now: Date.now() });
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
function secret({ cert, key }: KeyPair): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'kube-egress-webhook-tls', namespace: 'kube-egress-system' },
    data: { 'tls.crt': base64(cert), 'tls.key': base64(key) },
  };
}

describe('ServingCertificate', () => {
  it('waits for the first pair', async () => {
    const secrets = new FakeReflector<Secret>();
    const certificate = new ServingCertificate(secrets, silentLog);
    const arriving = certificate.first(new AbortController().signal);
    expect(certificate.current).toBeUndefined();
    secrets.set(secret(first));
    expect((await arriving).cert).toBe(first.cert);
  });

  it('tells of each further pair, once', () => {
    const secrets = new FakeReflector<Secret>([secret(first)]);
    const certificate = new ServingCertificate(secrets, silentLog);
    const renewed: string[] = [];
    certificate.onRenewed = ({ cert }) => renewed.push(cert);
    for (const pair of [first, second, second]) secrets.set(secret(pair));
    expect(renewed).toEqual([second.cert]);
  });

  it.each([
    { name: 'a key of another pair', change: () => secret({ cert: second.cert, key: first.key }) },
    { name: 'nothing', change: () => secret({ cert: '', key: '' }) },
  ])('keeps the last good pair when the Secret holds $name', ({ change }) => {
    const secrets = new FakeReflector<Secret>([secret(first)]);
    const certificate = new ServingCertificate(secrets, silentLog);
    secrets.set(change());
    expect(certificate.current?.cert).toBe(first.cert);
  });

  it('keeps it when the Secret is deleted, and stops waiting when the signal is aborted', async () => {
    const secrets = new FakeReflector<Secret>([secret(first)]);
    const certificate = new ServingCertificate(secrets, silentLog);
    secrets.delete({ metadata: { namespace: 'kube-egress-system', name: 'kube-egress-webhook-tls' } });
    expect(certificate.current?.cert).toBe(first.cert);
    const waiting = new ServingCertificate(new FakeReflector<Secret>(), silentLog);
    await expect(waiting.first(AbortSignal.timeout(5))).rejects.toThrow('timeout');
  });
});
