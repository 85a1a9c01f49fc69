import { describe, expect, it, onTestFinished } from 'vitest';
import { type ConfigMap, resources } from '../resources.ts';
import { ApiError, UnreachableError } from './api-error.ts';
import { KubeClient } from './client.ts';
import { type RequestHandler, sendJson, sendStatus, startFaultServer } from './fault-server.fixture.ts';

async function serve(answer: RequestHandler) {
  const server = await startFaultServer(answer);
  const client = new KubeClient(server.cluster);
  onTestFinished(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });
  return { client, server };
}

const address = { namespace: 'shop', name: 'settings' };
const map: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...address }, data: { a: '1' } };

describe('KubeClient', () => {
  it('throws an error with the request, the status, the reason and the message', async () => {
    const { client } = await serve(({ response }) => sendStatus(response, 409, 'Conflict', 'it has changed'));
    const failure = await client.update(resources.configMaps, map).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApiError);
    expect(failure).toMatchObject({
      status: 409,
      reason: 'Conflict',
      request: 'PUT /api/v1/namespaces/shop/configmaps/settings',
      message: 'PUT /api/v1/namespaces/shop/configmaps/settings: 409 Conflict: it has changed',
    });
  });

  it('includes the text that a proxy answers', async () => {
    const { client } = await serve(({ response }) => response.writeHead(502).end('<h1>Bad Gateway</h1>'));
    await expect(client.raw('/version')).rejects.toThrow('GET /version: 502: <h1>Bad Gateway</h1>');
  });

  it('gives up on a server that does not answer', async () => {
    const { client } = await serve(() => {});
    const failure = client.raw('/version', { timeoutMs: 20 });
    await expect(failure).rejects.toThrow('GET /version: no answer within 20 ms');
    await expect(failure).rejects.toBeInstanceOf(UnreachableError);
  });

  it('gives up on an answer that never ends', async () => {
    const { client } = await serve(({ response }) => response.writeHead(200).write('{"gitVersion":'));
    await expect(client.raw('/version', { timeoutMs: 50 })).rejects.toBeInstanceOf(UnreachableError);
  });

  it("throws the signal's own reason when that is aborted", async () => {
    const stop = new AbortController();
    const { client } = await serve(() => stop.abort(new Error('stopping')));
    await expect(client.raw('/version', { signal: stop.signal })).rejects.toThrow(/^stopping$/);
  });

  it('sends applied objects unchanged, including fields that no model has', async () => {
    const { client, server } = await serve(({ response, body }) => sendJson(response, JSON.parse(body)));
    const applied = await client.apply(
      { ...map, new: { field: [1] } },
      { fieldManager: 'kube-egress', force: true },
    );
    expect(applied).toHaveProperty('new.field', [1]);
    expect(server.requests[0]).toMatchObject({
      method: 'PATCH',
      path: '/api/v1/namespaces/shop/configmaps/settings',
      headers: { 'content-type': 'application/apply-patch+yaml', authorization: 'Bearer t' },
    });
    expect(String(server.requests[0]?.query)).toBe('fieldManager=kube-egress&force=true');
  });

  it('lists every page and adds apiVersion and kind to items', async () => {
    const { client, server } = await serve(({ response, query }) => {
      const second = query.get('continue') === 'more';
      const metadata = { resourceVersion: '7', ...(second ? {} : { continue: 'more' }) };
      sendJson(response, { metadata, items: [{ metadata: { name: second ? 'b' : 'a' } }] });
    });
    const { items, resourceVersion } = await client.list(resources.namespaces, { labelSelector: 'x' });
    expect(items.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'Namespace a',
      'Namespace b',
    ]);
    expect(resourceVersion).toBe('7');
    // No resourceVersion: the answer is as new as the request.
    expect(server.requests.map(({ query }) => String(query))).toEqual([
      'labelSelector=x&limit=100',
      'labelSelector=x&limit=400&continue=more',
    ]);
  });

  it('asks for a page of large objects again with fewer, and loses none', async () => {
    const text = 'ä'.repeat(100_000);
    const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
    const { client, server } = await serve(({ response, query }) => {
      const start = Number(query.get('continue') ?? 0);
      const end = start + Number(query.get('limit'));
      const items = names.slice(start, end).map((name) => ({ metadata: { name, annotations: { text } } }));
      const more = end < names.length ? { continue: String(end) } : {};
      sendJson(response, { metadata: { resourceVersion: '7', ...more }, items });
    });
    const sizes: number[] = [];
    const listed: string[] = [];
    for await (const { items } of client.pages(resources.namespaces)) {
      sizes.push(items.length);
      listed.push(...items.map(({ metadata }) => metadata.name));
    }
    expect(listed).toEqual(names);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6);
    expect(server.requests.length).toBeLessThan(names.length);
  });

  it('reuses connections', async () => {
    const { client, server } = await serve(({ response }) => sendJson(response, {}));
    for (let call = 0; call < 20; call += 1) await client.raw('/version');
    // undici opens a second one where the first is not idle yet in the same turn of the event loop.
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('distinguishes a missing object from a failure', async () => {
    const { client, server } = await serve(({ response }) => sendStatus(response, 404, 'NotFound', 'none'));
    expect(await client.find(resources.configMaps, address)).toBeUndefined();
    expect(await client.delete(resources.configMaps, address)).toBe(false);
    server.answer = ({ response }) => sendStatus(response, 403, 'Forbidden', 'no');
    await expect(client.find(resources.configMaps, address)).rejects.toMatchObject({ status: 403 });
  });

  it('deletes only the object with the given uid and version', async () => {
    const { client, server } = await serve(({ response }) => sendJson(response, {}));
    await client.delete(resources.configMaps, address, {
      preconditions: { uid: 'u' },
      propagationPolicy: 'Foreground',
    });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      preconditions: { uid: 'u' },
      propagationPolicy: 'Foreground',
    });
  });
});
