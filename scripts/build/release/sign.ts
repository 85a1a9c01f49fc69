/**
 * Prints the signature of a file, in base64: ECDSA over SHA-256, as `cosign sign-blob --key` makes it and `openssl dgst` verifies.
 *
 *   node scripts/build/release/sign.ts PRIVATE_KEY_FILE FILE
 */
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** @param pem a private key of the curve P-256, PEM, without a password */
export function signFile(pem: string, content: Buffer): string {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new Error(
      'the key is not of the curve P-256; make one: openssl ecparam -name prime256v1 -genkey -noout -out release.key',
    );
  return sign('sha256', content, key).toString('base64');
}

if (import.meta.main) {
  const [key = '', file = ''] = process.argv.slice(2);
  process.stdout.write(`${signFile(readFileSync(key, 'utf8'), readFileSync(file))}\n`);
}
