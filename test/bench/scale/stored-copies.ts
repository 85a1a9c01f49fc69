import { randomUUID } from 'node:crypto';
import { type KubeClient, type KubeObject, resourceOf } from '../../../src/kube/index.ts';
import { type Entry, readEntry, writeEntries } from './etcd.ts';

/** What a copy has instead of a text of its original. Both must have the same number of bytes: lengths are stored, too. */
export type Replacements = Record<string, string>;

/**
 * Creates many objects as the API server would store them, faster than it would: the original is created through the API, and
 * copies of its stored bytes go to etcd. Each copy has a uid of its own. The API server learns of them as it learns of what
 * another API server writes.
 */
export async function storeCopies(
  { client, etcd }: { client: KubeClient; etcd: string },
  original: KubeObject,
  copies: Iterable<Replacements>,
): Promise<void> {
  const { metadata } = await client.get(resourceOf(original), original.metadata);
  const key = keyIn(original);
  const stored = (await readEntry(etcd, key)).toString('latin1');
  await writeEntries(etcd, copiesOf(key, stored, metadata.uid ?? '', copies));
}

function* copiesOf(
  key: string,
  stored: string,
  uid: string,
  copies: Iterable<Replacements>,
): Generator<Entry> {
  for (const replacements of copies) {
    const all = { ...replacements, [uid]: randomUUID() };
    yield { key: replaced(key, replacements), value: Buffer.from(replaced(stored, all), 'latin1') };
  }
}

/** `original` and `copy` of another length would break what is stored. */
export function replaced(text: string, replacements: Replacements): string {
  return Object.entries(replacements).reduce((result, [original, copy]) => {
    if (original.length !== copy.length) throw new Error(`${copy} is not as long as ${original}`);
    return result.replaceAll(original, copy);
  }, text);
}

/** Where kube-apiserver stores an object. */
function keyIn(object: KubeObject): string {
  const resource = resourceOf(object);
  const { namespace, name } = object.metadata;
  const place = [resource.plural, namespace, name].filter((step) => step !== undefined).join('/');
  return `/registry/${resource.group === 'zalando.org' ? `${resource.group}/` : ''}${place}`;
}
