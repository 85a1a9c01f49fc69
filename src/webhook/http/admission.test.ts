import { describe, expect, it } from 'vitest';
import type { Handler } from './handler.ts';
import { PATH, review, serverFixture } from './server.fixture.ts';

async function serve(handler: Handler) {
  const { app, registry } = await serverFixture(handler);
  const post = (payload: string, { path = PATH, type = 'application/json' } = {}) =>
    app.inject({ method: 'POST', url: path, headers: { 'content-type': type }, payload });
  return { post, registry };
}

describe('admission', () => {
  it('answers a review with its uid', async () => {
    const { post } = await serve(() => ({ kind: 'allowed', warnings: ['mind this'] }));
    const { statusCode, headers, json } = await post(review());
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toContain('application/json');
    expect(json()).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'u-1', allowed: true, warnings: ['mind this'] },
    });
  });

  it('carries a patch as base64', async () => {
    const patch = [{ op: 'add' as const, path: '/x', value: 1 }];
    const { post } = await serve(() => ({ kind: 'patched', patch, annotation: undefined }));
    const { response } = (await post(review())).json();
    expect(response).toMatchObject({ allowed: true, patchType: 'JSONPatch' });
    expect(JSON.parse(Buffer.from(response.patch, 'base64').toString())).toEqual(patch);
  });

  it('denies with all causes, as the API server does for a built-in kind', async () => {
    const causes = [
      { field: 'spec.targets[0]', message: 'a scheme' },
      { field: 'spec.targets[1]', message: 'no port' },
    ];
    const { post } = await serve(() => ({ kind: 'denied', message: 'two faults', causes }));
    const { response } = (await post(review({ name: 'bad' }))).json();
    expect(response).toMatchObject({
      allowed: false,
      status: { code: 422, reason: 'Invalid', message: 'two faults', details: { name: 'bad', causes } },
    });
  });

  it('counts the answer, from a handler that waits too', async () => {
    const { post, registry } = await serve(async () => ({ kind: 'allowed' }));
    await post(review());
    expect(await registry.metrics()).toContain(
      `kube_egress_admission_requests_total{path="${PATH}",verdict="allowed"} 1`,
    );
  });

  const refused: {
    name: string;
    body: string;
    path?: string;
    type?: string;
    status: number;
    code: string;
  }[] = [
    { name: 'no JSON', body: '{', status: 400, code: 'BODY_NOT_JSON' },
    { name: 'nothing', body: '', status: 400, code: 'BODY_EMPTY' },
    { name: 'no review', body: '{"kind":"Pod"}', status: 400, code: 'REVIEW_MALFORMED' },
    { name: 'null', body: 'null', status: 400, code: 'REVIEW_MALFORMED' },
    {
      name: 'another content type',
      body: 'x',
      type: 'text/plain',
      status: 415,
      code: 'MEDIA_TYPE_UNSUPPORTED',
    },
    { name: 'another path', body: '{}', path: '/other', status: 404, code: 'ROUTE_UNKNOWN' },
  ];
  it.each(refused)('answers $status to $name, in one line', async ({ body, path, type, status, code }) => {
    const { post, registry } = await serve(() => ({ kind: 'allowed' }));
    const answer = await post(body, { ...(path && { path }), ...(type && { type }) });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toEqual({ code, message: expect.stringMatching(/^[^\n]+$/) });
    expect(await registry.metrics()).toContain(`code="${code}"`);
  });

  it('answers 500 when a handler throws, without a detail of the error, and keeps serving', async () => {
    let failing = true;
    const { post, registry } = await serve(() => {
      if (failing) throw new TypeError('secret detail');
      return { kind: 'allowed' };
    });
    const { statusCode, payload } = await post(review());
    expect(statusCode).toBe(500);
    expect(payload).not.toContain('secret detail');
    expect(await registry.metrics()).toContain('code="INTERNAL"');
    failing = false;
    expect((await post(review())).statusCode).toBe(200);
  });
});
