import { createHash } from 'node:crypto';

/** SHA-256 of the data of a ConfigMap, whatever the order of its keys. */
export function hashFiles(files: Readonly<Record<string, string>> | undefined): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(files ?? {}).sort()) hash.update(`${name}\0${files?.[name]}\0`);
  return hash.digest('hex');
}
