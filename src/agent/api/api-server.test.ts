import { get } from 'node:https';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../telemetry/index.ts';
import { systemClock } from '../../time/index.ts';
import { createAuthority, issueServingCertificate } from '../../tls/index.ts';
import { ApiServer } from './api-server.ts';
import { type Access, CallerReview } from './caller-review.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

type Review = (token: string) => Promise<Access>;

async function serve(review: Review, flowsReview: Review = review) {
  const now = Date.now();
  const authority = await createAuthority({ now });
  const pair = await issueServingCertificate({ authority, names: ['agent.test'], now });
  const server = new ApiServer({
    port: 0,
    access: { generations: { review }, flows: { review: flowsReview } },
    generations: () => ({ generations: { a: 1 } }),
    upstreams: () => ({ upstreams: [{ name: 'int', healthy: true, since: '2026-01-01T00:00:00.000Z' }] }),
    flows: (query) => ({ instance: 'i', pod: 'squid-0', next: query.after ?? 0, dropped: 0, flows: [] }),
    activity: () => ({ instance: 'i', pod: 'squid-0', since: '', namespaces: {}, rules: {} }),
    log: silentLog,
  });
  server.serve(pair);
  const port = await server.listen();
  closers.push(() => server.close());
  const ask = (path: string, authorization?: string) =>
    new Promise<{ status: number | undefined; body: unknown }>((resolve, reject) => {
      const headers = authorization === undefined ? {} : { authorization };
      const options = {
        host: '127.0.0.1',
        port,
        path,
        headers,
        ca: authority.cert,
        servername: 'agent.test',
      };
      get(options, async (response) => {
        const chunks = await response.toArray();
        resolve({ status: response.statusCode, body: JSON.parse(chunks.join('')) });
      }).on('error', reject);
    });
  return ask;
}

describe('ApiServer', () => {
  it.each<[string, Access, string | undefined, number]>([
    ['a caller with the permission', 'granted', 'Bearer t', 200],
    ['a caller without the permission', 'forbidden', 'Bearer t', 403],
    ['an unknown caller', 'unauthenticated', 'Bearer t', 401],
    ['a caller without a token', 'granted', undefined, 401],
    ['a caller with a password', 'granted', 'Basic eDp5', 401],
  ])('%s', async (_, access, authorization, status) => {
    const ask = await serve(async () => access);
    expect((await ask('/v1/generations', authorization)).status).toBe(status);
  });

  it('serves the generations that it decides by', async () => {
    const ask = await serve(async () => 'granted');
    expect((await ask('/v1/generations', 'Bearer t')).body).toEqual({ generations: { a: 1 } });
  });

  it('serves the health of the parents', async () => {
    const ask = await serve(async () => 'granted');
    expect((await ask('/v1/upstreams', 'Bearer t')).body).toEqual({
      upstreams: [{ name: 'int', healthy: true, since: '2026-01-01T00:00:00.000Z' }],
    });
  });

  it('serves no other path', async () => {
    const ask = await serve(async () => 'granted');
    expect((await ask('/', 'Bearer t')).status).toBe(404);
  });

  it('asks for another permission before it shows what clients did', async () => {
    const ask = await serve(
      async () => 'granted',
      async () => 'forbidden',
    );
    const status = async (path: string) => (await ask(path, 'Bearer t')).status;
    expect([
      await status('/v1/generations'),
      await status('/v1/flows'),
      await status('/v1/activity'),
    ]).toEqual([200, 403, 403]);
  });

  it('says what is wrong with a query', async () => {
    const ask = await serve(async () => 'granted');
    expect(await ask('/v1/flows?after=x', 'Bearer t')).toEqual({
      status: 400,
      body: { error: 'after: expected a whole number' },
    });
  });

  it('denies everything while the API server cannot be asked', async () => {
    const ask = await serve(() => Promise.reject(new Error('away')));
    expect((await ask('/v1/generations', 'Bearer t')).status).toBe(503);
  });
});

describe('GET /v1/probe-caller', () => {
  it('says whether the caller can be reached, and connects to no other host', async () => {
    const caller = createServer();
    await new Promise<void>((resolve) => caller.listen(0, '127.0.0.1', resolve));
    const { port } = caller.address() as { port: number };
    const ask = await serve(async () => 'granted');
    expect((await ask(`/v1/probe-caller?port=${port}`, 'Bearer x')).body).toEqual({
      address: '127.0.0.1',
      closed: false,
    });
    await new Promise((resolve) => caller.close(resolve));
    expect((await ask(`/v1/probe-caller?port=${port}`, 'Bearer x')).body).toEqual({
      address: '127.0.0.1',
      closed: true,
    });
  });

  it.each(['', '?port=0', '?port=65536', '?port=80&host=192.0.2.1', '?host=192.0.2.1&port=80'])(
    'accepts no other form: %s',
    async (query) => {
      const ask = await serve(async () => 'granted');
      expect((await ask(`/v1/probe-caller${query}`, 'Bearer x')).status).toBe(400);
    },
  );

  it('needs the permission', async () => {
    const ask = await serve(async () => 'forbidden');
    expect((await ask('/v1/probe-caller?port=80')).status).toBe(401);
    expect((await ask('/v1/probe-caller?port=80', 'Bearer x')).status).toBe(403);
  });
});

describe('CallerReview', () => {
  function setUp(token: object, access: object = { allowed: true }) {
    const time = { now: 0 };
    const sent: { kind: string; spec: unknown }[] = [];
    const review = new CallerReview({
      client: {
        create: async (resource, object) => {
          sent.push({ kind: resource.kind, spec: (object as { spec?: unknown }).spec });
          return { ...object, status: resource.kind === 'TokenReview' ? token : access } as never;
        },
      },
      permission: {
        group: 'zalando.org',
        resource: 'egressproxies',
        subresource: 'generations',
        verb: 'get',
      },
      clock: { ...systemClock, monotonic: () => time.now },
    });
    return { review, sent, time };
  }
  const user = { authenticated: true, user: { username: 'controller', groups: ['g'], uid: 'u' } };

  it('reviews the token, then the permission', async () => {
    const { review, sent } = setUp(user);
    expect(await review.review('t')).toBe('granted');
    expect(sent).toEqual([
      { kind: 'TokenReview', spec: { token: 't' } },
      {
        kind: 'SubjectAccessReview',
        spec: {
          user: 'controller',
          groups: ['g'],
          uid: 'u',
          resourceAttributes: {
            group: 'zalando.org',
            resource: 'egressproxies',
            subresource: 'generations',
            verb: 'get',
          },
        },
      },
    ]);
  });
  it('caches answers for half a minute', async () => {
    const { review, sent, time } = setUp(user);
    await review.review('t');
    time.now = 29_999;
    await review.review('t');
    expect(sent).toHaveLength(2);
    time.now = 30_000;
    await review.review('t');
    expect(sent).toHaveLength(4);
  });
  it.each<[string, object, object, Access]>([
    ['not authenticated', { authenticated: false }, { allowed: true }, 'unauthenticated'],
    ['no status', {}, { allowed: true }, 'unauthenticated'],
    ['not allowed', user, { allowed: false }, 'forbidden'],
  ])('%s', async (_, token, access, expected) => {
    expect(await setUp(token, access).review.review('t')).toBe(expected);
  });
});
