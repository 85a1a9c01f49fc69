import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REDACTED, redact, redactText } from './redact.ts';

const PLANTED = 'pl4nted';

describe('redact', () => {
  it.each<[string, unknown]>([
    ['a query string', { url: `http://a.example.com/x?token=${PLANTED}` }],
    ['a query string in the middle of a sentence', { message: `GET http://a/x?${PLANTED} was refused` }],
    ['user information', { url: `http://user:${PLANTED}@a.example.com/` }],
    ['a variable', { env: [{ name: 'DB_PASSWORD', value: PLANTED }] }],
    ['a field', { spec: { password: PLANTED } }],
    ['the data of a Secret', { kind: 'Secret', data: { harmless: PLANTED } }],
    ['a header in a text', { message: `Authorization: Bearer ${PLANTED}` }],
    ['a private key', { text: `-----BEGIN RSA PRIVATE KEY-----\n${PLANTED}\n-----END RSA PRIVATE KEY-----` }],
    ['a cut private key', { text: `-----BEGIN PRIVATE KEY-----\n${PLANTED}` }],
    ['a JSON Web Token', { text: `eyJhbGciOi.${PLANTED}.c2ln` }],
    ['a line of JSON', `{"url":"http://a/?x=\\"${PLANTED}"}`],
    ['JSON within JSON', { line: JSON.stringify({ line: JSON.stringify({ password: PLANTED }) }) }],
    [
      'a copy of the object',
      { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': PLANTED } },
    ],
  ])('leaves out %s', (_, value) => {
    expect(JSON.stringify(value)).toContain(PLANTED);
    expect(JSON.stringify(redact(value))).not.toContain(PLANTED);
  });

  it('keeps what a maintainer needs', () => {
    const object = {
      kind: 'EgressProxy',
      metadata: { name: 'squid', annotations: { 'egress.zalando.org/is-default-proxy': 'true' } },
      spec: { upstreams: [{ credentialsSecretRef: { name: 'parent' } }], allowedPorts: [443] },
      message: 'may not reach a.example.com:443 (NoMatchingRule). Is it right? See rules#0.',
    };
    expect(redact(object)).toEqual(object);
    expect(redactText('http://a/x?y=1')).toBe(`http://a/x?${REDACTED}`);
  });

  it('leaves out every query string, whatever is around it', () => {
    const word = fc.stringMatching(/^[!-~]{0,20}$/);
    fc.assert(
      fc.property(word, word, fc.string(), (before, after, rest) => {
        const value = { text: `http://a/x?${before}${PLANTED}${after} ${rest}`, nested: [[`/p?${PLANTED}`]] };
        expect(JSON.stringify(redact(value))).not.toContain(PLANTED);
      }),
    );
  });
});
