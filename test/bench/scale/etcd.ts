/** etcd's JSON gateway: keys and values are base64. */
export interface Entry {
  key: string;
  value: Buffer;
}

/** Writes of one transaction: below etcd's limits of 128 operations and 1.5 MB. */
const IN_A_TRANSACTION = { entries: 100, bytes: 500_000 };
/** Transactions at a time. */
const AT_ONCE = 4;

export async function readEntry(etcd: string, key: string): Promise<Buffer> {
  const { kvs = [] } = (await call(etcd, 'range', { key: base64(key) })) as { kvs?: { value: string }[] };
  const [found] = kvs;
  if (found === undefined) throw new Error(`etcd has no ${key}`);
  return Buffer.from(found.value, 'base64');
}

export async function writeEntries(etcd: string, entries: Iterable<Entry>): Promise<void> {
  const rest = transactions(entries);
  const write = async () => {
    for (const some of rest) await call(etcd, 'txn', { success: some.map(put) });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
}

function* transactions(entries: Iterable<Entry>): Generator<Entry[]> {
  let some: Entry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    some.push(entry);
    bytes += entry.value.length;
    if (some.length < IN_A_TRANSACTION.entries && bytes < IN_A_TRANSACTION.bytes) continue;
    yield some;
    some = [];
    bytes = 0;
  }
  if (some.length > 0) yield some;
}

const put = ({ key, value }: Entry) => ({
  requestPut: { key: base64(key), value: value.toString('base64') },
});

async function call(etcd: string, what: 'range' | 'txn', body: object): Promise<unknown> {
  const response = await fetch(`${etcd}/v3/kv/${what}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`etcd ${what}: ${response.status} ${await response.text()}`);
  return response.json();
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
