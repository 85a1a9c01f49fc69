import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientImage } from '../../scripts/scenario/stage.ts';
import { askAll } from '../compatibility/ask.ts';
import { clients } from '../compatibility/clients.ts';
import { columns, type Places } from '../compatibility/columns.ts';
import { isExpected } from '../compatibility/outcome.ts';
import { setPlaces } from '../compatibility/places.ts';
import { inPod, leaveNamespaces, proxyIsAsBefore } from './support/client-pods.ts';

/** A part of the matrix (scripts/compatibility): the clients that the image of the cluster tests has. */
let places: Places;

beforeAll(async () => {
  places = await setPlaces(clientImage);
  const source = readFileSync(new URL('../compatibility/clients/python/clients.py', import.meta.url));
  const write = `mkdir -p /clients/python && echo ${source.toString('base64')} | base64 -d > /clients/python/clients.py`;
  await inPod(`${places.namespace}/variables`, write);
});

afterAll(async () => {
  await leaveNamespaces(places.namespace, places.otherNamespace);
  await proxyIsAsBefore();
});

/** Titles of the columns in which the client does not do what it should. */
async function faults(name: string): Promise<string[]> {
  const client = clients.find((each) => each.name === name);
  if (client === undefined) throw new Error(`no client ${name}`);
  // The long transfers take minutes.
  const { upload: _, ...short } = client;
  const { outcomes } = await askAll(short, places);
  return columns.flatMap(({ title, expected, transfer }, index) => {
    const outcome = outcomes[index];
    if (transfer !== undefined) return [];
    return outcome !== undefined && isExpected(outcome, expected === 'shown' ? 'answered' : expected)
      ? []
      : [title];
  });
}

describe('in an injected, enforced pod', () => {
  test('curl does everything but addresses in an IPv6 range, which no_proxy leaves out', async () => {
    expect(await faults('curl')).toEqual(['pod IPv6']);
  });

  test('urllib does everything but addresses in a range, which it cannot read', async () => {
    expect(await faults('Python urllib')).toEqual(['ClusterIP', 'pod IPv4', 'pod IPv6']);
  });

  test('a tunnel by nc, as ssh takes it for its ProxyCommand, reaches what speaks no HTTP', async () => {
    const tunnel = (host: string) =>
      inPod(
        `${places.namespace}/variables`,
        `p="\${HTTP_PROXY#http://}"; (echo hello; sleep 2) | timeout 10 nc -X connect -x "\${p%/}" ${host} 5432 2>&1`,
      );
    // A TCP server that echoes.
    expect((await tunnel('www.example.com')).stdout).toBe('hello\n');
    expect((await tunnel('unlisted.example.com')).stdout).toMatch(/Proxy error: "HTTP\/1\.1 403 Forbidden"/);
  });
});
