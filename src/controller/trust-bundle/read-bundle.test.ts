import { rootCertificates } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { readTrustBundle } from './read-bundle.ts';

const [own = '', other = '', ...roots] = rootCertificates;
const spec = { configMapRef: { name: 'parent-ca' } };

function read(data: Record<string, string> | undefined, over: object = {}) {
  return readTrustBundle({ ...spec, ...over }, data, roots);
}

describe('readTrustBundle', () => {
  test('the operator’s authorities, alone and with the public ones', () => {
    const reading = read({ 'ca.crt': `# the parent\n${own}\n\nthe old one:\n${other}` });
    expect(reading.ok).toBe(true);
    if (!reading.ok) return;
    const { files, authorities } = reading.bundle;
    expect(authorities).toBe(2);
    expect(files['ca.crt']).toBe(`${own}\n${other}\n`);
    expect(files['ca-bundle.crt']?.match(/BEGIN CERTIFICATE/g)).toHaveLength(rootCertificates.length);
    expect(files['ca-bundle.crt']).not.toContain('#');
  });

  test('publicRoots: Exclude leaves only the operator’s', () => {
    const reading = read({ 'ca.crt': own }, { publicRoots: 'Exclude' });
    expect(reading).toMatchObject({ ok: true, bundle: { files: { 'ca-bundle.crt': `${own}\n` } } });
  });

  test('the hash covers what pods get, not how it was written', () => {
    const hashOf = (text: string) => {
      const reading = read({ 'ca.crt': text });
      return reading.ok ? reading.bundle.hash : undefined;
    };
    expect(hashOf(`${own}\n# a note\n`)).toBe(hashOf(own));
    expect(hashOf(other)).not.toBe(hashOf(own));
  });

  test.each([
    ['no ConfigMap', undefined, 'ConfigMap parent-ca does not exist'],
    ['no key', { other: own }, 'has no key ca.crt'],
    ['no certificate', { 'ca.crt': 'hello' }, 'contains no certificate'],
    [
      'an invalid certificate',
      { 'ca.crt': `${own}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----` },
      'certificate 2 in key ca.crt of ConfigMap parent-ca is not valid',
    ],
    [
      'a private key',
      { 'ca.crt': `${own}\n-----BEGIN EC PRIVATE KEY-----\nx\n-----END EC PRIVATE KEY-----` },
      'contains a private key',
    ],
    ['too much', { 'ca.crt': `${own}\n`.repeat(600) }, 'is larger than'],
  ])('%s is a fault', (_, data, message) => {
    const reading = read(data);
    expect(reading.ok).toBe(false);
    if (!reading.ok) expect(reading.message).toContain(message);
  });
});
