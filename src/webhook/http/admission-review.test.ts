import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AdmissionRequest } from './admission-review.ts';
import { PATH, serverFixture } from './server.fixture.ts';

const request = {
  uid: 'u-1',
  kind: { group: '', version: 'v1', kind: 'Pod' },
  namespace: 'my-app',
  operation: 'CREATE',
  object: { metadata: {} },
  oldObject: null,
};
const review = (over: object = {}) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: { ...request, ...over },
});

let received: AdmissionRequest | undefined;
let server: Awaited<ReturnType<typeof serverFixture>>;
beforeAll(async () => {
  server = await serverFixture((request) => {
    received = request;
    return { kind: 'allowed' };
  });
});

async function post(body: unknown) {
  const answer = await server.app.inject({
    method: 'POST',
    url: PATH,
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify(body),
  });
  return { status: answer.statusCode, ...answer.json() };
}

describe('reviewSchema', () => {
  it('takes what the API server sends', async () => {
    expect(await post(review())).toMatchObject({ status: 200 });
    expect(received).toMatchObject({ uid: 'u-1', oldObject: undefined, subResource: undefined });
  });

  const cases: { name: string; body: unknown; message: string }[] = [
    { name: 'null', body: null, message: 'the body is null: must be object' },
    { name: 'a list', body: [], message: 'the body is []: must be object' },
    {
      name: 'an older version',
      body: { ...review(), apiVersion: 'admission.k8s.io/v1beta1' },
      message: 'apiVersion is "admission.k8s.io/v1beta1": expected "admission.k8s.io/v1"',
    },
    {
      name: 'another kind',
      body: { ...review(), kind: 'Pod' },
      message: 'kind is "Pod": expected "AdmissionReview"',
    },
    { name: 'no request', body: { ...review(), request: undefined }, message: 'request is missing' },
    { name: 'no uid', body: review({ uid: undefined }), message: 'request.uid is missing' },
    { name: 'no kind', body: review({ kind: 'Pod' }), message: 'request.kind is "Pod": must be object' },
    {
      name: 'an operation that does not exist',
      body: review({ operation: 'PATCH' }),
      message: 'request.operation is "PATCH": expected one of CREATE, UPDATE, DELETE, CONNECT',
    },
    {
      name: 'an object that is none',
      body: review({ object: 'x' }),
      message: 'request.object is "x": must be object',
    },
    {
      name: 'a namespace that is none',
      body: review({ namespace: {} }),
      message: 'request.namespace is {}: must be string',
    },
    { name: 'a uid that is a number', body: review({ uid: 1 }), message: 'request.uid is 1: must be string' },
  ];
  it.each(cases)('refuses $name', async ({ body, message }) => {
    expect(await post(body)).toEqual({
      status: 400,
      code: 'REVIEW_MALFORMED',
      message: expect.stringContaining(message),
    });
  });

  it('answers any JSON with a verdict or REVIEW_MALFORMED', async () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.record({
        apiVersion: fc.constant('admission.k8s.io/v1'),
        kind: fc.constant('AdmissionReview'),
        request: fc.jsonValue(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (body) => {
        const { status, code } = await post(body);
        expect(status === 200 || code === 'REVIEW_MALFORMED').toBe(true);
      }),
    );
  });
});
