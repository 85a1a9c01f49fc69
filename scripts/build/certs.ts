/** Writes a CA (kept when it is there) and a serving pair for localhost and the names given into certs/. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, issueServingCertificate } from '../../src/tls/index.ts';

const folder = join(import.meta.dirname, '../../certs');
const path = (name: string) => join(folder, name);

function write(stem: string, pair: { cert: string; key: string }): void {
  writeFileSync(path(`${stem}.crt`), pair.cert);
  writeFileSync(path(`${stem}.key`), pair.key, { mode: 0o600 });
  process.stdout.write(`wrote certs/${stem}.crt and certs/${stem}.key\n`);
}

const now = Date.now();
if (!existsSync(path('ca.key'))) write('ca', await createAuthority({ now }));
const authority = { cert: readFileSync(path('ca.crt'), 'utf8'), key: readFileSync(path('ca.key'), 'utf8') };
const names: [string, ...string[]] = ['localhost', '127.0.0.1', ...process.argv.slice(2)];
write('tls', await issueServingCertificate({ now, authority, names }));
